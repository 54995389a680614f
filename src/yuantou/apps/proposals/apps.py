"""Configuration of the app."""

from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    name = "yuantou.apps.proposals"
    label = "proposals"

    def ready(self) -> None:
        """Register roles and guarded fields."""
        from yuantou.apps.proposals import rules  # noqa: F401
