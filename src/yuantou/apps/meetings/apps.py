"""Configuration of the app."""

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "yuantou.apps.meetings"
    label = "meetings"

    def ready(self) -> None:
        """Register roles."""
        from yuantou.apps.meetings import rules  # noqa: F401
