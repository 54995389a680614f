"""Configuration of the app."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "yuantou.apps.calls"
    label = "calls"
