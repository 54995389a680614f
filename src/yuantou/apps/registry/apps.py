"""Configuration of the app."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "yuantou.apps.registry"
    label = "registry"
