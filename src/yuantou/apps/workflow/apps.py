"""Configuration of the app."""

from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    name = "yuantou.apps.workflow"
    label = "workflow"
