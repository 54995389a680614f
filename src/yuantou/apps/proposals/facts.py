"""What opens the acts of a proposal until it goes to review; review and decisions provide the rest."""

from yuantou.apps.calls.facade import takes_submissions
from yuantou.apps.proposals.answers import Finding
from yuantou.apps.proposals.domain import incomplete_of, too_late, unconfirmed_of
from yuantou.apps.proposals.letters import says
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.facade import Case, Lacking, announces, corresponds, knows, provides, takes
from yuantou.kernel.errors import Problem
from yuantou.kernel.local_text import LocalText

_MEND = LocalText("请在表单中补充。", "Please mend it in the form.")


takes("proposal", "submit", "endorse", "return", "withdraw", "accept", "reject", "review", "leave_behind")
announces("proposal", "member_named", "statement_asked")
corresponds(
    Proposal,
    says=says,
    words=("title", "number", "call", "time", "deadline", "hash", "link", "amount"),
    zone=lambda proposal: proposal.call.time_zone,
)
knows("role", "applicant", "member", "respondent", "solver")
knows("form", "title", "discipline")


@provides("call_open", "proposal")
def _call_open(case: Case) -> bool | Lacking:
    """The deadline is judged by the one instant at which the request arrived."""
    if takes_submissions(case.record.call, case.now):
        return True
    said = too_late(case.record.call, case.now)
    return Lacking(said.message, said.remedy, code=said.code)


@provides("complete", "proposal")
def _complete(case: Case) -> bool | Lacking:
    return _none(incomplete_of(case.record, case.now))


@provides("members_confirmed", "proposal")
def _members_confirmed(case: Case) -> bool | Lacking:
    return _none(unconfirmed_of(case.record))


def _none(missing: list[Finding]) -> bool | Lacking:
    return not missing or Lacking(problems=tuple(map(_problem, missing)), code="proposal.incomplete")


def _problem(found: Finding) -> Problem:
    label, message = found.label, found.message
    return Problem("proposal.missing", LocalText(f"{label.zh}：{message.zh}", f"{label.en}: {message.en}"), _MEND)
