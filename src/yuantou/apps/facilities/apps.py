"""Configuration of the app."""

from django.apps import AppConfig


class FacilitiesConfig(AppConfig):
    name = "yuantou.apps.facilities"
    label = "facilities"

    def ready(self) -> None:
        """Register roles, guarded fields and background jobs."""
        from yuantou.apps.facilities import (
            rules,  # noqa: F401
            tasks,  # noqa: F401
        )
