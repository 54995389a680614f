"""Configuration of the app."""

from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    name = "yuantou.apps.proposals"
    label = "proposals"

    def ready(self) -> None:
        """Register roles, guarded fields and facts."""
        from yuantou.apps.proposals import facts, rules  # noqa: F401
