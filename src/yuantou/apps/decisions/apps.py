"""Configuration of the app."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "yuantou.apps.decisions"
    label = "decisions"

    def ready(self) -> None:
        """Register roles, guarded fields and facts."""
        from yuantou.apps.decisions import (
            facts,  # noqa: F401
            rules,  # noqa: F401
            tasks,  # noqa: F401
        )
