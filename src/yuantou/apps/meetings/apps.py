"""Configuration of the app."""

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "yuantou.apps.meetings"
    label = "meetings"

    def ready(self) -> None:
        """Register roles and facts."""
        from yuantou.apps.meetings import facts, rules  # noqa: F401
