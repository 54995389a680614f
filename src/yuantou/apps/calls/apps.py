"""Configuration of the app."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "yuantou.apps.calls"
    label = "calls"

    def ready(self) -> None:
        """Register roles, guarded fields and facts."""
        from yuantou.apps.calls import facts, rules  # noqa: F401
