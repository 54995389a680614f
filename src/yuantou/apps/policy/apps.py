"""Configuration of the app."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "yuantou.apps.policy"
    label = "policy"
