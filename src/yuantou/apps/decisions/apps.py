"""Configuration of the app."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "yuantou.apps.decisions"
    label = "decisions"
