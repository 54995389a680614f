"""Configuration of the app."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "yuantou.apps.projects"
    label = "projects"

    def ready(self) -> None:
        """Register roles, guarded fields, facts and letters, and let a published award begin its project."""
        from yuantou.apps.projects import (
            agreement,  # noqa: F401
            calendar,  # noqa: F401
            facts,  # noqa: F401
            letters,  # noqa: F401
            rules,  # noqa: F401
        )
