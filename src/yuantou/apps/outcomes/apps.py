"""Configuration of the app."""

from django.apps import AppConfig


class OutcomesConfig(AppConfig):
    name = "yuantou.apps.outcomes"
    label = "outcomes"

    def ready(self) -> None:
        """Register roles, guarded fields and facts."""
        from yuantou.apps.outcomes import facts, rules  # noqa: F401
