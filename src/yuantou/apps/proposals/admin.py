"""Proposals for operators: that they exist and where they stand, never what they say."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from yuantou.apps.looking import ReadOnly
from yuantou.apps.proposals.models import NumberSeries, Proposal


@admin.register(Proposal)
class ProposalAdmin(ReadOnly):
    """Titles, people and answers stay with those whom the programme type lets see them."""

    list_display = ["id", "number", "call_id", "state", "submitted_at"]
    list_filter = ["state"]
    search_fields = ["=id", "=number"]
    fields = ["id", "number", "state", "version", "created_at", "saved_at", "submitted_at", "content_hash"]
    ordering = ["-created_at"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave the text in the database."""
        return super().get_queryset(request).defer("answers", "title_zh", "title_en")


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnly):
    list_display = ["prefix", "last"]
