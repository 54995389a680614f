"""Addresses of background jobs."""

from django.urls import path

from yuantou.apps.jobs import views

app_name = "jobs"
urlpatterns = [
    path("<str:job_id>/part/", views.part, name="part"),
    path("<str:job_id>/cancel/", views.cancel, name="cancel"),
]
