"""What opens the acts of a call in review, of its proposals and of the pairs of proposal and reviewer."""

from yuantou.apps.calls.models import Call
from yuantou.apps.links import link_to
from yuantou.apps.proposals.facade import accepted_count, says
from yuantou.apps.review.domain import missing_of
from yuantou.apps.review.hand import in_conflict
from yuantou.apps.review.models import Assignment
from yuantou.apps.review.phases import current_phase, is_done, kept_apart, mix_gaps, still_open
from yuantou.apps.workflow.facade import Case, Lacking, announces, corresponds, knows, posts, provides, takes
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText


def _call(case: Case) -> Call:
    """A call itself, or the one of a proposal."""
    return case.record if isinstance(case.record, Call) else case.record.call


takes("call", "start_review", "next_phase", "finish_review", "reopen_review")
takes("assignment", "invite", "accept", "refuse", "submit", "reopen", "cancel")
announces("assignment", "reminded")


def _says(row: Assignment, language: str) -> dict[str, str]:
    due = print_instant(row.due_at, row.proposal.call.time_zone) if row.due_at else ""
    return {**says(row.proposal, language), "deadline": due, "link": link_to("review:assignment", row.pk)}


corresponds(
    Assignment,
    says=_says,
    words=("title", "number", "call", "deadline", "link", "hash"),
    zone=lambda row: row.proposal.call.time_zone,
)
knows("role", "invitee", "reviewer")
knows("state:review", "invited", "accepted", "submitted", "released")

posts("call", "reason")


@provides("has_accepted_proposals", "call")
def _has_accepted_proposals(case: Case) -> bool:
    return accepted_count(case.record.pk) > 0


@provides("phase_done", "call", "proposal")
def _phase_done(case: Case) -> bool | Lacking:
    call = _call(case)
    if still_open(call):
        return Lacking(LocalText("仍有未完成的评审。", "Some reviews are not finished."))
    return is_done(call, current_phase(call))


@provides("phase_left", "call")
def _phase_left(case: Case) -> bool:
    return case.record.programme.phase_after(case.record.phase) is not None


@provides("last_phase", "call")
def _last_phase(case: Case) -> bool:
    return case.record.programme.phase_after(case.record.phase) is None


@provides("mix_met", "call")
def _mix_met(case: Case) -> bool:
    """A reason stands in for a mix that was not met."""
    return bool(case.given.get("reason", "").strip()) or not mix_gaps(case.record, when="finished")


@provides("phase_cuts", "proposal")
def _phase_cuts(case: Case) -> bool:
    return current_phase(case.record.call).cuts


@provides("no_conflict", "assignment")
def _no_conflict(case: Case) -> bool | Lacking:
    row: Assignment = case.record
    free = not in_conflict(row.proposal, row.expert) and kept_apart(row.proposal, row.expert, row.role)
    return free or Lacking(code="assignment.conflict")


@provides("review_complete", "assignment")
def _review_complete(case: Case) -> bool | Lacking:
    missing = missing_of(case.record.review)
    return not missing or Lacking(problems=tuple(missing), code="review.missing")
