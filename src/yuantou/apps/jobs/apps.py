"""Configuration of the app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "yuantou.apps.jobs"
    label = "jobs"
