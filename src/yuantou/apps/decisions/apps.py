"""Configuration of the app."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "yuantou.apps.decisions"
    label = "decisions"

    def ready(self) -> None:
        """Register roles and guarded fields."""
        from yuantou.apps.decisions import (
            rules,  # noqa: F401
            tasks,  # noqa: F401
        )
