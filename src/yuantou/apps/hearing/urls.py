"""Addresses of responses, debates and the phases of a call."""

from django.urls import path

from yuantou.apps.hearing import phase_views, views

app_name = "hearing"
urlpatterns = [
    path("calls/<str:call_id>/", phase_views.phases, name="phases"),
    path("calls/<str:call_id>/do/<str:verb>/", phase_views.act, name="act"),
    path("proposals/<str:proposal_id>/leave-behind/", phase_views.leave_behind, name="leave_behind"),
    path("responses/<str:response_id>/", views.response, name="response"),
    path("responses/<str:response_id>/autosave/", views.autosave, name="autosave"),
    path("debates/<str:debate_id>/", views.debate, name="debate"),
    path("debates/<str:debate_id>/close/", views.close, name="close"),
]
