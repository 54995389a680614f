"""Addresses of calls; the officer's room is composed by the web layer (``call_room``)."""

from django.urls import path

from yuantou.apps.calls import views

app_name = "calls"
urlpatterns = [
    path("", views.list_, name="list"),
    path("new/", views.create, name="create"),
    path("<str:call_id>/", views.detail, name="detail"),
    path("<str:call_id>/edit/", views.edit, name="edit"),
    path("<str:call_id>/publish/", views.publish, name="publish"),
    path("<str:call_id>/close/", views.close, name="close"),
    path("<str:call_id>/cancel/", views.cancel, name="cancel"),
    path("<str:call_id>/people/", views.people, name="people"),
    path("<str:call_id>/people/<int:appointment_id>/", views.release_appointed, name="release_appointed"),
    path("<str:call_id>/extend/", views.extend, name="extend"),
]
