"""Configuration of the app."""

from django.apps import AppConfig


class DirectionsConfig(AppConfig):
    name = "yuantou.apps.directions"
    label = "directions"

    def ready(self) -> None:
        """Register roles, guarded fields and facts."""
        from yuantou.apps.directions import facts, rules  # noqa: F401
