"""Configuration of the app."""

from django.apps import AppConfig


class FacilitiesConfig(AppConfig):
    name = "yuantou.apps.facilities"
    label = "facilities"

    def ready(self) -> None:
        """Register roles, guarded fields, facts and background jobs."""
        from yuantou.apps.facilities import (
            facts,  # noqa: F401
            rules,  # noqa: F401
            tasks,  # noqa: F401
        )
