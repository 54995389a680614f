"""Configuration of the app."""

from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    name = "yuantou.apps.workflow"
    label = "workflow"

    def ready(self) -> None:
        """Register the facts of ways back and of drafts."""
        from yuantou.apps.workflow import editor, undo  # noqa: F401
