"""Configuration of the app."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "yuantou.apps.policy"
    label = "policy"

    def ready(self) -> None:
        """Let kinds name the rows of the mission that they serve."""
        from yuantou.apps.policy.facade import mission
        from yuantou.apps.workflow.facade import knows

        knows("clause", *(row.id for row in mission().rows))
