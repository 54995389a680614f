"""Configuration of the app."""

from django.apps import AppConfig


class IntegrityConfig(AppConfig):
    name = "yuantou.apps.integrity"
    label = "integrity"

    def ready(self) -> None:
        """Register roles, guarded fields, facts and jobs, and let submitted texts be checked."""
        from yuantou.apps.integrity import (
            facts,  # noqa: F401
            following,  # noqa: F401
            rules,  # noqa: F401
            tasks,  # noqa: F401
        )
