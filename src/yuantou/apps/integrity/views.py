"""Pages of findings: what waits for me, checking my draft, reading side by side, the desk of the office."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.accounts.facade import Role
from yuantou.apps.http import account, record_or_404
from yuantou.apps.integrity import findings, reading
from yuantou.apps.integrity.models import Case, Check, Finding
from yuantou.apps.integrity.rules import visible_cases, visible_findings
from yuantou.apps.integrity.words import relation_names, signals_in_words
from yuantou.apps.jobs.facade import start
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.facade import visible_proposals
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.facade import roles_of

PER_PAGE = 50


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Show what concerns me: findings in my texts, cases I am party to, my own drafts to check."""
    user = account(request)
    own = (
        visible_findings(user).filter(proposal__applicant=user.person_id) if user.person_id else Finding.objects.none()
    )
    parties = [(case, roles_of(user, case)) for case in visible_cases(user)[:PER_PAGE]]
    context = {
        "findings": own[:PER_PAGE],
        "cases": [case for case, roles in parties if roles & {"respondent", "committee", "reporter"}],
        "drafts": visible_proposals(user, "answers").filter(applicant=user.person_id, state__means="editable")[:20],
        "office": user.grants.filter(role=Role.INTEGRITY).exists(),
    }
    return render(request, "integrity/mine.html", context)


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Show the integrity office what needs it: findings that were answered, cases by their clock."""
    user = account(request)
    if not user.grants.filter(role__in=[Role.INTEGRITY, Role.SIGNATORY]).exists():
        raise Http404
    office = user.grants.filter(role=Role.INTEGRITY).exists()
    own = {"proposal__applicant": user.person_id} if user.person_id else {"pk": None}
    rows = visible_findings(user).exclude(**own) if office else Finding.objects.none()
    kept = rows.select_related("proposal__applicant") if office else rows
    context = {
        "open": kept.filter(state__means=["answered", "unanswered"]).order_by("due_at")[:PER_PAGE],
        "waiting": kept.filter(state__means="with_author").count(),
        "settled": kept.exclude(state__means=["answered", "unanswered", "with_author"])[:PER_PAGE],
        "cases": visible_cases(user).exclude(reporter=user).exclude(respondent=user.person_id or "-")[:PER_PAGE],
        "now": timezone.now(),
        "office": office,
        "relations": relation_names(),
    }
    return render(request, "integrity/desk.html", context)


@login_required
@require_safe
def finding(request: HttpRequest, finding_id: str) -> HttpResponse:
    """Show two texts side by side; the author sees of an earlier text only the passages shared with it."""
    found, seen = record_or_404(request.user, _findings(), finding_id)
    author = "author" in seen.roles
    whole = "source" in seen.can
    context: dict[str, Any] = {
        "finding": found,
        "seen": seen,
        "author": author,
        "title": seen.proposal.title,
        "relation": relation_names().get(found.relation, "") if author or whole else "",
    }
    if "passages" in seen.can:
        own = found.relation == "self" or whole
        context |= {
            "left": reading.new_side(found),
            "right": reading.old_side(found) if own else reading.passages_alone(found),
            "whole": own,
            "shares": reading.shares_in_words(found.proposal.programme, seen.shares),
            "percent": 100 * found.share,
            "signals": signals_in_words(seen.signals) if "signals" in seen.can else [],
        }
    if whole:
        context["related"] = _related(found)
    return render(request, "integrity/finding.html", context)


def _related(found: Finding) -> list[dict[str, Any]]:
    rows = {row["proposal"]: row["similarity"] for row in found.check_made.related}
    known = Proposal.objects.filter(pk__in=rows).select_related("call", "applicant").defer("answers")
    return sorted(
        ({"proposal": one, "similarity": 100 * rows[one.pk]} for one in known), key=lambda r: -r["similarity"]
    )


def _findings() -> Any:
    related = ("proposal__call__programme_type", "proposal__applicant", "old_text__proposal__call__programme_type")
    return Finding.objects.select_related(*related, "new_text", "check_made")


@login_required
@require_POST
def act_on_finding(request: HttpRequest, finding_id: str, verb: str) -> HttpResponse:
    """Do one of the verbs of a finding."""
    found, _seen = record_or_404(request.user, _findings(), finding_id)
    user, now, text = account(request), timezone.now(), request.POST.get("text", "")
    if verb == "answer":
        findings.answer_finding(finding=found, text=text, user=user, now=now)
        messages.success(request, _("Your answer is recorded; the integrity office reads it now."))
    elif verb == "settle":
        findings.settle_finding(finding=found, reason=text, user=user, now=now)
    elif verb == "case":
        case: Case = findings.open_case(finding=found, reason=text, user=user, now=now)
        return redirect("integrity:case", case.pk)
    else:
        raise Http404
    return redirect("integrity:finding", found.pk)


@login_required
def draft(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Show the author what the check finds in a draft, and check it anew."""
    user = account(request)
    if user.seen_by:
        raise Http404
    rows = visible_proposals(user, "answers").filter(applicant=user.person_id).select_related("call__programme_type")
    proposal = get_object_or_404(rows, pk=proposal_id)
    if request.method == "POST":
        start("reuse_draft", subject=proposal.pk, owner=user, now=timezone.now())
        return redirect("integrity:draft", proposal.pk)
    latest = Check.objects.filter(proposal=proposal, edition=None).first()
    names = relation_names()
    found = [
        {
            "relation": names[one["relation"]],
            "date": one["date"],
            "percent": 100 * one["share"],
            "size": round(one["size"]),
            "shares": reading.shares_in_words(proposal.programme, one["sections"]),
        }
        for one in (latest.found if latest else [])
    ]
    job = Job.objects.filter(kind="reuse_draft", subject=proposal.pk, owner=user).first()
    context = {
        "proposal": proposal,
        "check": latest,
        "found": found,
        "signals": signals_in_words(latest.signals) if latest else [],
        "job": job if job and not job.is_over else None,
    }
    return render(request, "integrity/draft.html", context)
