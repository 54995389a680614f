"""Pages on which officers write a new version of a kind of call, compare, try it, and publish one another's."""

import tomllib
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuantou.apps.language import page_language
from yuantou.apps.workflow import editor
from yuantou.apps.workflow.access import roles_of
from yuantou.apps.workflow.forms import CommonForm
from yuantou.apps.workflow.models import ProgrammeTypeVersion, TypeDraft
from yuantou.apps.workflow.views import machine_names
from yuantou.engines.workflow import ProgrammeType, simulate
from yuantou.engines.workflow.compare import compare
from yuantou.engines.workflow.editing import with_values
from yuantou.kernel.errors import InputError, NotAllowedError, StaleError


def _editors_only(request: HttpRequest) -> None:
    if not editor.is_editor(request.user):
        raise Http404


def _draft(request: HttpRequest, draft_id: str) -> TypeDraft:
    _editors_only(request)
    return get_object_or_404(TypeDraft.objects.select_related("base", "author__person"), pk=draft_id)


@login_required
@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """List the drafts: those that wait for one's approval first."""
    _editors_only(request)
    rows = TypeDraft.objects.select_related("base", "author__person").order_by("-saved_at")[:200]
    shown = sorted(rows, key=lambda row: (not row.is_now.proposed, not row.is_now.draft))
    return render(request, "workflow/drafts.html", {"drafts": shown})


@login_required
@require_POST
def start(request: HttpRequest, type_id: str, version: int) -> HttpResponse:
    """Begin a new version."""
    _editors_only(request)
    base = get_object_or_404(ProgrammeTypeVersion, type_id=type_id, version=version)
    draft = editor.start_draft(base=base, user=request.user, now=timezone.now())
    return redirect("workflow:draft", draft.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, draft_id: str) -> HttpResponse:
    """Write: a form for the common values, the text for everything; errors name line and remedy."""
    row = _draft(request, draft_id)
    if request.method != "POST":
        return _page(request, row, row.source)
    version = request.POST.get("version", "")
    try:
        source = _posted(request, row)
        editor.save_draft(
            draft=row,
            source=source,
            user=request.user,
            now=timezone.now(),
            version=int(version) if version.isdigit() else None,
        )
    except InputError as error:
        messages.error(request, _local(error))
        return _page(request, row, row.source, status=422)
    except StaleError:
        row.refresh_from_db()
        return _page(request, row, request.POST.get("source", row.source), status=409, theirs=row.source)
    messages.success(request, _("Saved."))
    return redirect("workflow:draft", row.pk)


def _posted(request: HttpRequest, row: TypeDraft) -> str:
    """Return the text that was typed, or the saved one with the values of the form."""
    if "source" in request.POST:
        return request.POST["source"]
    form = CommonForm(request.POST, source=row.source)
    return with_values(row.source, form.values()) if form.is_valid() else row.source


def _local(error: InputError | NotAllowedError | StaleError) -> str:
    language = page_language()
    return f"{error.message.in_language(language)} {error.remedy.in_language(language)}"


def _page(
    request: HttpRequest, row: TypeDraft, source: str, *, status: int = 200, theirs: str | None = None
) -> HttpResponse:
    programme, problems = editor.examine(row)
    roles = roles_of(request.user, row)
    context = {
        "draft": row,
        "source": source,
        "theirs": theirs,
        "rows": min(40, max(12, source.count("\n") + 1)),
        "form": _form(source) if "author" in roles and row.is_now.draft else None,
        "programme": programme,
        "problems": problems,
        "changes": compare(row.base.programme, programme) if programme else (),
        "hash": editor.text_hash(row),
        "is_author": "author" in roles,
        "may_approve": "approver" in roles and row.is_now.proposed,
    }
    return render(request, "workflow/draft.html", context, status=status)


def _form(source: str) -> CommonForm | None:
    try:
        return CommonForm(source=source)
    except tomllib.TOMLDecodeError:
        return None


@login_required
@require_safe
def try_(request: HttpRequest, draft_id: str) -> HttpResponse:
    """Try a draft on a simulated call: every record is walked to each of its ends, through the one gate."""
    row = _draft(request, draft_id)
    programme, problems = editor.examine(row)
    context = {"draft": row, "programme": programme, "problems": problems, "walks": _walks(programme)}
    return render(request, "workflow/try.html", context)


def _walks(programme: ProgrammeType | None) -> list[tuple[str, Any, list[tuple[str, list[tuple[str, str, str]]]]]]:
    """Return for each record its machine and the ways to its ends: step, who takes it, where it leads."""
    if programme is None:
        return []
    language = page_language()
    names, walks = machine_names(), simulate(programme)
    found = []
    for record, machine in programme.machines.items():
        own = [walk for walk in walks if walk.record == record]
        ways = []
        for walk in own:
            steps = [
                (
                    _name_of(machine, step.transition, language),
                    programme.roles[step.actor].in_language(language),
                    machine.state(step.target).name.in_language(language),
                )
                for step in walk.steps
            ]
            ways.append((machine.state(walk.final).name.in_language(language), steps))
        found.append((names.get(record, record), machine, ways))
    return found


def _name_of(machine: Any, transition: str, language: str) -> str:
    return str(machine.transition(transition).name.in_language(language))


@require_safe
def compare_(request: HttpRequest, type_id: str, old: int, new: int) -> HttpResponse:
    """Show what differs between two published versions, section by section."""
    rows = {row.version: row for row in ProgrammeTypeVersion.objects.filter(type_id=type_id)}
    if old not in rows or new not in rows:
        raise Http404
    context = {
        "old": rows[old],
        "new": rows[new],
        "programme": rows[new].programme,
        "changes": compare(rows[old].programme, rows[new].programme),
    }
    return render(request, "workflow/compare.html", context)


VERBS: dict[str, Callable[..., Any]] = {
    "propose": editor.propose_draft,
    "take_back": editor.take_back,
    "discard": editor.discard_draft,
    "return": editor.return_draft,
    "approve": editor.approve_draft,
}


@login_required
@require_POST
def act(request: HttpRequest, draft_id: str, verb: str) -> HttpResponse:
    """Hand in, take back, discard, return or publish a draft."""
    row = _draft(request, draft_id)
    if verb not in VERBS:
        raise Http404
    given = {"return": ("reason", "reason"), "approve": ("seen_hash", "hash")}.get(verb)
    more = {given[0]: request.POST.get(given[1], "")} if given else {}
    try:
        VERBS[verb](draft=row, user=request.user, now=timezone.now(), **more)
    except (NotAllowedError, StaleError) as error:
        messages.error(request, _local(error))
        row.refresh_from_db()
        return _page(request, row, row.source, status=409 if isinstance(error, StaleError) else 403)
    messages.success(request, _("Done."))
    return redirect("workflow:draft", row.pk)
