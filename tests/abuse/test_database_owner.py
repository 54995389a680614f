"""A hostile owner of the database, who changes rows behind the platform's back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.apps.conftest import World
from yuantou.apps.audit.facade import append, export_ledger, history, intact, sign_head
from yuantou.apps.audit.models import Entry
from yuantou.apps.proposals.domain import seal_holds
from yuantou.apps.proposals.models import Proposal, ProposalVersion
from yuantou.apps.review import domain
from yuantou.apps.review.models import Assignment, Expert, Review, ReviewVersion
from yuantou.engines.ledger.verifier import verify
from yuantou.kernel.hashing import content_hash

pytestmark = pytest.mark.django_db
COMMENT = "The question is important and clear; the approach fits, but alternatives should be said."


@pytest.fixture
def check(settings, tmp_path: Path) -> Callable[[], list[str]]:
    """Export the ledger and verify the copy."""
    settings.LEDGER_KEY_FILE = tmp_path / "key"

    def run() -> list[str]:
        export_ledger(tmp_path / "export")
        return verify(tmp_path / "export")

    return run


@pytest.fixture
def submitted(world: World) -> ReviewVersion:
    """A review submitted through the platform, its hash in the ledger."""
    world.call.state = "in_review"
    world.call.save()
    proposal = world.proposal(state="in_review", number="2026-FE-000001")
    expert = Expert.objects.create(person=world.reviewer.person)
    row = Assignment.objects.create(
        call=world.call, proposal=proposal, expert=expert, state="accepted", due_at=world.now, created_at=world.now
    )
    review = Review.objects.create(assignment=row)
    grades = {f"score_{name}": "4" for name in ("question", "approach", "team")}
    values = {**grades, "familiarity": "2", "comments": COMMENT}
    review = domain.save_review(review=review, values=values, user=world.reviewer, now=world.now, version=0)
    return domain.submit_review(review=review, user=world.reviewer, now=world.now)


def test_case_20_a_score_changed_in_the_database_no_longer_fits_the_ledger(
    world: World, submitted: ReviewVersion, check
) -> None:
    [entry] = [e for e in Entry.objects.all() if e.act == "assignment.submit"]
    assert entry.data["hash"] == content_hash(submitted.content)
    assert check() == []
    ReviewVersion.objects.update(content={**submitted.content, "scores": {"question": 1, "approach": 1, "team": 1}})
    assert content_hash(ReviewVersion.objects.get().content) != entry.data["hash"]
    Entry.objects.filter(pk=entry.pk).update(
        data={**entry.data, "hash": content_hash(ReviewVersion.objects.get().content)}
    )
    assert any(finding.startswith(f"entry {entry.index}: changed") for finding in check())


def test_case_20_an_entry_taken_out_is_missed(world: World, submitted: ReviewVersion, check) -> None:
    append(at=world.now, actor="system", act="call.close", kind="call", key=world.call.pk)
    sign_head(now=world.now)
    Entry.objects.filter(act="assignment.submit").delete()
    assert check() != []


def test_case_21_answers_changed_after_submission_break_their_seal(world: World) -> None:
    proposal = world.proposal(state="submitted", number="2026-FE-000001", answers={"question": "甲"})
    sealed = {"answers": {"question": "甲"}}
    version = ProposalVersion.objects.create(
        proposal=proposal, number=1, answers=sealed["answers"], content_hash=content_hash("甲"), submitted_at=world.now
    )
    ProposalVersion.objects.update(answers={"question": "乙"})
    version.refresh_from_db()
    assert not seal_holds(version)


def test_case_23_a_changed_line_of_a_record_is_shown_as_broken(world: World) -> None:
    proposal = world.proposal(state="submitted", number="2026-FE-000001")
    append(at=world.now, actor="user:1", act="proposal.submit", kind="proposal", key=proposal.pk, data={"n": 1})
    assert all(intact("proposal", proposal.pk, event) for event in history("proposal", proposal.pk))
    Entry.objects.filter(key=proposal.pk).update(actor="user:2")
    assert not any(intact("proposal", proposal.pk, event) for event in history("proposal", proposal.pk))


def test_no_personal_word_lies_in_the_ledger(world: World, submitted: ReviewVersion) -> None:
    text = "\n".join(f"{entry.actor} {entry.data}" for entry in Entry.objects.all())
    people = Proposal.objects.get().applicant, world.reviewer.person
    for word in (COMMENT, *(p.name_zh for p in people), *(p.email for p in people), "Topological"):
        assert word not in text
