"""Configuration of the app."""

from django.apps import AppConfig


class OutcomesConfig(AppConfig):
    name = "yuantou.apps.outcomes"
    label = "outcomes"

    def ready(self) -> None:
        """Register roles and guarded fields."""
        from yuantou.apps.outcomes import rules  # noqa: F401
