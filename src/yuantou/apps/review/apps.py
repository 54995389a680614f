"""Configuration of the app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "yuantou.apps.review"
    label = "review"

    def ready(self) -> None:
        """Register roles and guarded fields."""
        from yuantou.apps.review import (
            rules,  # noqa: F401
            tasks,  # noqa: F401
        )
