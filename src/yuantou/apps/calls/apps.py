"""Configuration of the app."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "yuantou.apps.calls"
    label = "calls"

    def ready(self) -> None:
        """Register roles and guarded fields."""
        from yuantou.apps.calls import rules  # noqa: F401
