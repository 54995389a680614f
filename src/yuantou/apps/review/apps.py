"""Configuration of the app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "yuantou.apps.review"
    label = "review"

    def ready(self) -> None:
        """Register roles, guarded fields and facts."""
        from yuantou.apps.review import (
            facts,  # noqa: F401
            rules,  # noqa: F401
            tasks,  # noqa: F401
        )
