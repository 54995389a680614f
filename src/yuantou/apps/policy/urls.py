"""Addresses of the policy register."""

from django.urls import path

from yuantou.apps.policy import views

app_name = "policy"
urlpatterns = [path("", views.coverage, name="coverage")]
