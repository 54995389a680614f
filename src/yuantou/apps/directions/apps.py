"""Configuration of the app."""

from django.apps import AppConfig


class DirectionsConfig(AppConfig):
    name = "yuantou.apps.directions"
    label = "directions"

    def ready(self) -> None:
        """Register roles and guarded fields."""
        from yuantou.apps.directions import rules  # noqa: F401
