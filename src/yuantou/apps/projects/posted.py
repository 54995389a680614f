"""The verbs that buttons of a project's pages call: each reads what was posted and calls the domain."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yuantou.apps.http import account, version_of
from yuantou.apps.projects import agreement, assess, changes, closure, duties, money
from yuantou.apps.projects.forms import day_of
from yuantou.apps.projects.judges import named_for, roles_at
from yuantou.apps.projects.models import Project
from yuantou.apps.review.models import Expert
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

Verb = Callable[[HttpRequest, Project, datetime], object]


def _key(request: HttpRequest) -> str:
    return request.POST.get("key", "")


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "")


def _consent(request: HttpRequest, project: Project, now: datetime) -> None:
    part = get_object_or_404(project.parts.select_related("member"), pk=_key(request))
    part.project = project
    agreement.consent(part=part, seen_hash=request.POST.get("seen", ""), user=account(request), now=now)


def _accept(request: HttpRequest, project: Project, now: datetime) -> None:
    row = get_object_or_404(project.reports, pk=_key(request))
    row.project = project
    duties.accept_reports(reports=[row], user=account(request), now=now)


def _return(request: HttpRequest, project: Project, now: datetime) -> None:
    row = get_object_or_404(project.reports, pk=_key(request))
    row.project = project
    duties.return_report(report=row, reason=_reason(request), user=account(request), now=now)


def _register(request: HttpRequest, project: Project, now: datetime) -> None:
    row = get_object_or_404(project.gates, pk=_key(request))
    row.project = project
    duties.register_tests(gate=row, tests=request.POST.get("tests", ""), user=account(request), now=now)


def _answer(request: HttpRequest, project: Project, now: datetime) -> None:
    row = get_object_or_404(project.gates, pk=_key(request))
    row.project = project
    duties.answer_gate(gate=row, results=request.POST.get("results", ""), user=account(request), now=now)


def _judge(request: HttpRequest, project: Project, now: datetime) -> None:
    row = get_object_or_404(project.gates, pk=_key(request))
    row.project = project
    into = Project.objects.filter(pk=request.POST.get("into", "")).first()
    outcome, by = request.POST.get("outcome", ""), account(request)
    duties.judge_gate(gate=row, outcome=outcome, reason=_reason(request), user=by, now=now, into=into)


def _appoint(request: HttpRequest, project: Project, now: datetime) -> None:
    gate = project.gates.filter(pk=_key(request)).first()
    pool = named_for(project, gate) if roles_at(project, gate) else Expert.objects.filter(active=True)
    chosen = pool.filter(pk__in=request.POST.getlist("expert")).select_related("person")
    experts = list(chosen.prefetch_related("person__affiliations__organisation"))
    if not experts:
        raise InputError(
            LocalText("请至少选择一位专家。", "Please choose at least one expert."),
            LocalText("在名单中勾选。", "Tick them in the list."),
            code="assessor.none",
        )
    assess.appoint(project=project, gate=gate, experts=experts, user=account(request), now=now)


def _give(request: HttpRequest, project: Project, now: datetime) -> None:
    row = get_object_or_404(project.verdicts, pk=_key(request), person=account(request).person_id)
    row.project = project
    marks = {question.id: request.POST.get(question.id, "") for question in row.programme.project.evaluation.questions}
    assess.give_verdict(
        verdict=row, marks=marks, opinion=request.POST.get("opinion", ""), user=account(request), now=now
    )


def _refuse(request: HttpRequest, project: Project, now: datetime) -> None:
    row = get_object_or_404(project.verdicts, pk=_key(request))
    row.project = project
    assess.refuse_verdict(verdict=row, reason=_reason(request), user=account(request), now=now)


def _pay(request: HttpRequest, project: Project, now: datetime) -> None:
    row = get_object_or_404(project.instalments, pk=_key(request))
    row.project, day = project, day_of(request.POST.get("paid_on", ""))
    if day is None:
        raise InputError(
            LocalText("请填写拨付日期。", "Please give the day of the payment."),
            LocalText("格式如 2026-05-01。", "As in 2026-05-01."),
            code="instalment.day",
        )
    reference = request.POST.get("reference", "")
    money.record_payment(instalment=row, paid_on=day, reference=reference, user=account(request), now=now)


def _decide(request: HttpRequest, project: Project, now: datetime) -> None:
    row = get_object_or_404(project.changes, pk=_key(request))
    row.project, approve = project, request.POST.get("approve") == "yes"
    changes.decide_change(change=row, approve=approve, reason=_reason(request), user=account(request), now=now)


def _ask(request: HttpRequest, project: Project, now: datetime) -> None:
    kind, values, by = request.POST.get("kind", ""), request.POST.dict(), account(request)
    changes.ask_change(project=project, kind=kind, values=values, reason=_reason(request), user=by, now=now)


def _dossier(request: HttpRequest, project: Project, _now: datetime) -> None:
    tried, outcome = request.POST.get("tried", ""), request.POST.get("outcome", "")
    closure.write_dossier(
        project=project, tried=tried, outcome=outcome, user=account(request), version=version_of(request)
    )


def _close(request: HttpRequest, project: Project, now: datetime) -> None:
    action = request.POST.get("action", "")
    if action not in closure.ENDS:
        raise Http404
    ticked = request.POST.getlist("diligence")
    closure.close_project(
        project=project, action=action, reason=_reason(request), user=account(request), now=now, diligence=ticked
    )


def _signed(done: Callable[..., object]) -> Verb:
    def sign(request: HttpRequest, project: Project, now: datetime) -> None:
        done(project=project, seen_hash=request.POST.get("seen", ""), user=account(request), now=now)

    return sign


def _plain(done: Callable[..., object]) -> Verb:
    return lambda request, project, now: done(project=project, user=account(request), now=now)


VERBS: Mapping[str, tuple[Verb, Promise]] = {
    "hand_agreement": (_plain(agreement.hand_agreement), _("The agreement is with your institution for signature.")),
    "ask_partners": (_plain(agreement.ask_partners), _("The partners were asked.")),
    "endorse": (_signed(agreement.endorse_agreement), _("Signed for the institution.")),
    "countersign": (_signed(agreement.countersign), _("Signed for the agency: the project runs.")),
    "return_agreement": (
        lambda request, project, now: agreement.return_agreement(
            project=project, reason=_reason(request), user=account(request), now=now
        ),
        _("Returned, with your reason."),
    ),
    "consent": (_consent, _("You have consented.")),
    "accept": (_accept, _("The report is accepted.")),
    "return": (_return, _("Returned, with your reason.")),
    "register": (_register, _("The tests are registered under their hash.")),
    "answer": (_answer, _("The results are handed in.")),
    "judge": (_judge, _("The gate is judged.")),
    "appoint": (_appoint, _("The experts were asked.")),
    "give": (_give, _("Thank you: your opinion is given.")),
    "refuse": (_refuse, _("Declined.")),
    "pay": (_pay, _("The payment is on record.")),
    "decide": (_decide, _("Decided.")),
    "ask": (_ask, _("The change was asked for.")),
    "dossier": (_dossier, _("Saved.")),
    "hand_in": (_plain(closure.hand_in), _("Closure was asked for.")),
    "close": (_close, _("The project is closed.")),
}
"""Each verb with what is said when it is done."""
