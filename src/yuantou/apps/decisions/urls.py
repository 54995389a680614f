"""Addresses of decisions."""

from django.urls import path

from yuantou.apps.decisions import agenda_views, draw_views, views, what_if_views

app_name = "decisions"
urlpatterns = [
    path("awards/", views.awards, name="awards"),
    path("awards.csv", views.awards_csv, name="awards_csv"),
    path("awards/<str:proposal_id>/", views.award, name="award"),
    path("calls/<str:call_id>/", views.room, name="room"),
    path("calls/<str:call_id>/agenda/", agenda_views.agenda, name="agenda"),
    path("calls/<str:call_id>/what-if/", what_if_views.what_if, name="what_if"),
    path("calls/<str:call_id>/rank/", views.start, name="start"),
    path("calls/<str:call_id>/draft/", views.draft, name="draft"),
    path("calls/<str:call_id>/replay/", views.replay, name="replay"),
    path("change/<int:decision_id>/", views.change, name="change"),
    path("lists/<str:list_id>/sign/", views.sign, name="sign"),
    path("lists/<str:list_id>/publish/", views.publish, name="publish"),
    path("lists/<str:list_id>/commit/", draw_views.commit, name="commit"),
    path("lists/<str:list_id>/freeze/", draw_views.freeze, name="freeze"),
    path("lists/<str:list_id>/reveal/", draw_views.reveal, name="reveal"),
    path("lists/<str:list_id>/verify/", draw_views.verify, name="verify"),
    path("lists/<str:list_id>/draw.json", draw_views.document, name="document"),
    path("outcome/<str:proposal_id>/", views.outcome, name="outcome"),
]
