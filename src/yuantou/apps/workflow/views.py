"""Programme types as readable pages, and the ledger of a record for those who may see its history."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.audit.facade import history, intact, tree_head
from yuantou.apps.language import page_language
from yuantou.apps.workflow.access import guarded_model, see
from yuantou.apps.workflow.editor import is_editor
from yuantou.apps.workflow.models import ProgrammeTypeVersion, UndoWindow
from yuantou.apps.workflow.undo import undo, undo_many
from yuantou.engines.workflow import ProgrammeType
from yuantou.kernel.errors import NotAllowedError

MACHINES = ("call", "proposal", "assignment", "decision_list", "project")


@require_safe
def types(request: HttpRequest) -> HttpResponse:
    """List the kinds of call, each in its latest version."""
    latest: dict[str, ProgrammeTypeVersion] = {}
    for row in ProgrammeTypeVersion.objects.filter(retired=False).order_by("type_id", "-version"):
        latest.setdefault(row.type_id, row)
    words = request.GET.get("q", "").strip().lower()
    shown = [(row, row.programme) for row in latest.values() if words in _searched(row.programme)]
    context = {"types": shown, "is_editor": is_editor(request.user)}
    return render(request, "workflow/types.html", context)


def _searched(programme: ProgrammeType) -> str:
    texts = (programme.name, programme.summary)
    return " ".join(side for text in texts for side in (text.zh, text.en)).lower()


@require_safe
def type_(request: HttpRequest, type_id: str, version: int) -> HttpResponse:
    """Show a kind of call as a page: what it asks, how it judges, who may do and see what."""
    row = get_object_or_404(ProgrammeTypeVersion, type_id=type_id, version=version)
    programme = row.programme
    context = {
        "row": row,
        "programme": programme,
        "versions": ProgrammeTypeVersion.objects.filter(type_id=type_id),
        "blind": _blind().get(programme.review.blind, programme.review.blind),
        "machines": [
            (machine_names()[name], programme.machine(name)) for name in MACHINES if name in programme.machines
        ],
        "matrix": matrix(programme),
        "is_editor": is_editor(request.user),
    }
    return render(request, "workflow/type.html", context)


def _blind() -> dict[str, str]:
    return {"single": _("single blind"), "double": _("double blind"), "open": _("open")}


def machine_names() -> dict[str, str]:
    """Return what kinds of record are called."""
    return {
        "call": _("Call"),
        "proposal": _("Proposal"),
        "assignment": _("Review"),
        "decision_list": _("List of decisions"),
        "project": _("Project"),
    }


def matrix(programme: ProgrammeType) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return for each kind of record who sees which fields in which states, in the language of the page."""
    language = page_language()
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for rule in programme.visibility:
        states = _state_names(programme, rule.record, rule.states, language)
        roles = ", ".join(sorted(programme.roles[role].in_language(language) for role in rule.roles))
        groups.setdefault(rule.record, []).append((roles, states, ", ".join(sorted(rule.fields))))
    return [(machine_names().get(record, record), rows) for record, rows in groups.items()]


def _state_names(programme: ProgrammeType, record: str, states: frozenset[str], language: str) -> str:
    if "*" in states:
        return _("always")
    if record not in programme.machines:
        return ", ".join(sorted(states))
    every = programme.machine(record).states
    return ", ".join(state.name.in_language(language) for state in every if state.id in states)


@require_safe
def source(request: HttpRequest, type_id: str, version: int) -> HttpResponse:
    """Give the source of a kind of call, as published."""
    row = get_object_or_404(ProgrammeTypeVersion, type_id=type_id, version=version)
    answer = HttpResponse(row.source, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{row.type_id}-{row.version}.toml"'
    return answer


@login_required
@require_safe
def ledger(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Show the changes of state of a record as the ledger keeps them, checked against their leaves.

    Only to whoever may see the record's history; who acted and what else later stages wrote is left out.
    """
    model = guarded_model(kind)
    record: Any = get_object_or_404(model, pk=key) if model else None
    if record is None or not _may_see_history(request.user, record):
        raise Http404
    language = page_language()
    names = {f"{kind}.{t.id}": t.name.in_language(language) for t in record.programme.machine(kind).every_transition}
    events = [event for event in history(kind, key) if event.act in names]
    size, root = tree_head()
    context = {
        "title": see(request.user, record).title,
        "rows": [(event, names[event.act], intact(kind, key, event)) for event in events],
        "size": size,
        "root": root,
    }
    return render(request, "workflow/ledger.html", context)


def _may_see_history(user: Any, record: Any) -> bool:
    try:
        return {"history", "title"} <= set(see(user, record).can)
    except NotAllowedError:
        return False


@login_required
@require_POST
def undo_(request: HttpRequest, cause: int) -> HttpResponse:
    """Undo a change of state; who did not make it does not find it."""
    user = cast(Any, request.user)
    window = get_object_or_404(UndoWindow, pk=cause, user=user)
    undo(window=window, user=user, now=timezone.now())
    messages.success(request, _("Undone. No letter has left."))
    back = request.POST.get("back", "")
    local = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if local else "home")


@login_required
@require_POST
def undo_many_(request: HttpRequest, machine: str) -> HttpResponse:
    """Undo all of a kind that one has just done, from a desk."""
    done, left = undo_many(machine=machine, user=cast(Any, request.user), now=timezone.now())
    text = ngettext("%(n)d step undone. No letter has left.", "%(n)d steps undone. No letter has left.", done)
    messages.success(request, text % {"n": done})
    if left:
        text = ngettext("%(n)d step could not be undone any more.", "%(n)d steps could not be undone any more.", left)
        messages.error(request, text % {"n": left})
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "home")
