"""Addresses of one's own account."""

from django.urls import path

from yuantou.apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("claim/", views.claim, name="claim"),
    path("identity/<str:person_id>/", views.identity, name="identity"),
    path("look-as/", views.look_as, name="look_as"),
    path("leave/", views.leave, name="leave"),
    path("language/", views.language, name="language"),
]
