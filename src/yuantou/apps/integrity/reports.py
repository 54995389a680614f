"""How a case begins: anybody reports, under their name or without, and gets a receipt; or a finding is passed on."""

import secrets
from datetime import datetime

from django.db import transaction

from yuantou.apps.accounts.facade import User, recipients_of
from yuantou.apps.audit.facade import append
from yuantou.apps.integrity.models import Case, CaseSeries, Finding, Misconduct, Statement
from yuantou.apps.integrity.rules import CLOCKS, after_working_days
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import announce
from yuantou.kernel.errors import InputError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

REPORTER = "reporter"
"""How the ledger names whoever reported: never by the account."""

LEAST = 20
"""Characters that a report has at least."""


@transaction.atomic
def report(
    *, agency: Organisation, kind: str, text: str, number: str, user: User | None, now: datetime
) -> tuple[Case, str]:
    """Report possible misconduct; returns the case and a code that is shown once and lets its holder follow it.

    ``number`` names a proposal where there is one; whether it exists is not told. ``user`` is nothing for a report
    without a name.

    Raises
    ------
    InputError
        If the text is too short or the class is none.
    """
    text = text.strip()
    if len(text) < LEAST or kind not in Misconduct.values:
        raise InputError(
            LocalText("举报内容过短，或未选择类别。", "The report is too short, or no class was chosen."),
            LocalText(
                f"请写明事实、时间与依据，至少 {LEAST} 字。",
                f"Say what happened, when, and how one can see it: {LEAST} characters at least.",
            ),
            code="integrity.report",
        )
    code = secrets.token_hex(10)
    about = Proposal.objects.filter(number=number.strip(), call__agency=agency).first() if number.strip() else None
    case = _new_case(
        agency=agency,
        kind=kind,
        proposal=about,
        respondent=about.applicant if about else None,
        reporter=user,
        receipt_hash=content_hash(code),
        allegation=text,
        now=now,
    )
    _begin(case, "report", text, None, REPORTER, now)
    if user is not None:
        announce("reported", case, now=now, once="received", to=recipients_of(user))
    return case, code


def case_from_finding(*, finding: Finding, allegation: str, user: User, now: datetime) -> Case:
    """Begin a case from a finding of the platform; belongs into the transaction that changes the finding."""
    case = _new_case(
        agency=finding.proposal.call.agency,
        kind=Misconduct.PLAGIARISM,
        proposal=finding.proposal,
        respondent=finding.proposal.applicant,
        finding=finding,
        allegation=allegation.strip(),
        now=now,
    )
    _begin(case, "report", allegation.strip(), user, user.actor, now)
    return case


def case_by_code(code: str) -> Case | None:
    """Return the case of a receipt code."""
    return Case.objects.filter(receipt_hash=content_hash(code.strip())).first() if code.strip() else None


def _new_case(*, now: datetime, **columns: object) -> Case:
    series, _made = CaseSeries.objects.select_for_update().get_or_create(year=now.year)
    series.last += 1
    series.save(update_fields=["last"])
    made: Case = Case.objects.create(
        number=f"RI-{now.year}-{series.last:04d}",
        created_at=now,
        due_at=after_working_days(now, CLOCKS["accept"]),
        **columns,
    )
    return made


def _begin(case: Case, act: str, text: str, author: User | None, actor: str, now: datetime) -> None:
    digest = content_hash(text)
    Statement.objects.create(case=case, act=act, text=text, author=author, at=now, text_hash=digest)
    append(at=now, actor=actor, act="case.report", kind="case", key=case.pk, data={"text": digest, "kind": case.kind})
