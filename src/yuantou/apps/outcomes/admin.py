"""Operators see that rounds exist; what stands in them is not theirs to read."""

from django.contrib import admin

from yuantou.apps.looking import ReadOnly
from yuantou.apps.outcomes.models import Round


@admin.register(Round)
class RoundAdmin(ReadOnly):
    """A list of rounds without portfolios or results."""

    list_display = ("id", "category", "cycle", "state", "closes_at")
    fields = ("id", "category", "cycle", "state", "closes_at", "due_at")
