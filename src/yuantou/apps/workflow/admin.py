"""Programme types and letters for operators: to look at; letters that failed may be sent again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from yuantou.apps.looking import ReadOnly
from yuantou.apps.workflow.models import Letter, LetterState, ProgrammeTypeVersion


@admin.register(ProgrammeTypeVersion)
class ProgrammeTypeVersionAdmin(ReadOnly):
    list_display = ["type_id", "version", "name_zh", "name_en", "retired", "created_at"]
    list_filter = ["retired"]


@admin.register(Letter)
class LetterAdmin(ReadOnly):
    """The text of a letter may concern a guarded record and stays out of sight."""

    list_display = ["template", "kind", "state", "created_at", "sent_at", "error"]
    list_filter = ["state", "template"]
    fields = ["template", "kind", "state", "error", "created_at", "sent_at"]
    actions = ["send_again"]

    @admin.action(description=_("Send again what failed"), permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: "QuerySet[Letter]") -> None:
        """Put failed letters back into the outbox."""
        queryset.filter(state=LetterState.FAILED).update(state=LetterState.QUEUED, error="")
