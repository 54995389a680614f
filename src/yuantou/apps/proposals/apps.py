"""Configuration of the app."""

from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    name = "yuantou.apps.proposals"
    label = "proposals"
