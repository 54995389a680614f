"""Addresses of panel meetings."""

from django.urls import path

from yuantou.apps.meetings import views

app_name = "meetings"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("call/<str:call_id>/", views.plan, name="plan"),
    path("item/<int:item_id>/", views.item, name="item"),
    path("item/<int:item_id>/do/<str:verb>/", views.act_on_item, name="act_on_item"),
    path("<str:meeting_id>/", views.meeting, name="meeting"),
    path("<str:meeting_id>/do/<str:verb>/", views.act, name="act"),
    path("<str:meeting_id>/minutes.pdf", views.minutes, name="minutes"),
]
