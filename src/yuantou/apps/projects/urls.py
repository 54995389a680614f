"""Addresses of projects."""

from django.urls import path

from yuantou.apps.projects import views

app_name = "projects"
urlpatterns = [
    path("<str:project_id>/", views.detail, name="detail"),
]
