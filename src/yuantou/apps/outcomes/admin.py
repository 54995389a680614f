"""Operators see that rounds exist; what stands in them is not theirs to read."""

from django.contrib import admin

from yuantou.apps.outcomes.models import Round


@admin.register(Round)
class RoundAdmin(admin.ModelAdmin[Round]):
    """A list of rounds without portfolios or results."""

    list_display = ("id", "category", "cycle", "state", "closes_at")
    fields = ("id", "category", "cycle", "state", "closes_at", "due_at")
    readonly_fields = fields

    def has_add_permission(self, request: object) -> bool:
        """Rounds are written in their own pages."""
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        """Nothing of the record is deleted here."""
        return False
