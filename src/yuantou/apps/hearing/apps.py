"""Configuration of the app."""

from django.apps import AppConfig


class HearingConfig(AppConfig):
    name = "yuantou.apps.hearing"
    label = "hearing"

    def ready(self) -> None:
        """Register roles and facts, and the part of this app in the phases of review."""
        from yuantou.apps.hearing import domain, facts, rules  # noqa: F401
