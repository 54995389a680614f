"""Configuration of the app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "yuantou.apps.audit"
    label = "audit"
