"""From accepted proposals to a published list of decisions, through the pages that people use."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.review.conftest import as_
from yuantou.apps.audit.facade import history
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import DecisionList
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.proposals.rules import visible_proposals
from yuantou.apps.review import domain
from yuantou.apps.review.models import Assignment, Conflict, Expert, Review
from yuantou.apps.workflow.facade import send_letters
from yuantou.apps.workflow.models import Letter

pytestmark = pytest.mark.django_db
GRADES = {"score_question": "4", "score_approach": "3", "score_team": "5", "familiarity": "2"}
COMMENT = "The question is important and clear; the approach fits, but alternatives should be said."


def review_all(world: World, now, grade: dict[str, str] | None = None) -> None:
    from yuantou.apps.accounts.models import User

    for n, row in enumerate(Assignment.objects.filter(state="invited")):
        person = row.expert.person
        user = getattr(person, "user", None) or User.objects.create_user(person.email, "x", person=person)
        domain.accept_invitation(assignment=row, user=user, now=now)
        review = Review.objects.get(assignment=row)
        values = {**GRADES, **(grade or {}), "score_team": str(3 + n % 3), "comments": COMMENT}
        domain.save_review(review=review, values=values, user=user, now=now, version=0)
        domain.submit_review(review=review, user=user, now=now)


def test_matching_gives_each_proposal_experts_of_its_field_and_says_why(matched: World) -> None:
    page = as_(matched.officer).get(reverse("review:room", args=[matched.call.pk]))
    assert page.status_code == 200
    for proposal in Proposal.objects.all():
        rows = Assignment.objects.filter(proposal=proposal)
        topic = "topology" if "Majorana" in proposal.title_en else "arsenic"
        assert {row.expert_id.split("-")[0] for row in rows} == {topic}
        assert rows.count() == 3
        why = as_(matched.officer).get(reverse("review:proposal", args=[proposal.pk])).content.decode()
        assert rows[0].explanation["terms"][0] in why
        assert proposal.title_zh in why


def test_releasing_invites_by_letter_once_and_sends_proposals_to_review(released: World, run) -> None:
    assert set(Assignment.objects.values_list("state", flat=True)) == {"invited"}
    assert set(Proposal.objects.values_list("state", flat=True)) == {"in_review"}
    run(as_(released.officer), "review:release", released.call.pk)
    assert Letter.objects.filter(template="invitation").count() == 6
    send_letters(now=released.now)
    send_letters(now=released.now)
    assert len(mail.outbox) == 6


def test_a_reviewer_accepts_writes_and_submits(released: World, run) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    client = as_(released.reviewer)
    assert row.proposal.title in client.get(reverse("review:assignment", args=[row.pk])).content.decode()
    run(client, "review:accept", row.pk)
    saved = client.post(reverse("review:autosave", args=[row.pk]), {"version": "0", "comments": "Half a thought"})
    assert saved.json()["version"] == 1
    stale = client.post(reverse("review:autosave", args=[row.pk]), {"version": "0", "comments": "Another window"})
    assert stale.status_code == 409
    assert Review.objects.get(assignment=row).comments == "Half a thought"
    refused = client.post(reverse("review:submit", args=[row.pk]), {"version": "1", "comments": "Too short", **GRADES})
    assert refused.status_code == 422
    run(client, "review:submit", row.pk, version="2", comments=COMMENT, **GRADES)
    row.refresh_from_db()
    assert row.state == "submitted"
    assert row.review.overall == pytest.approx(0.4 * 4 + 0.35 * 3 + 0.25 * 5)
    late = client.post(reverse("review:autosave", args=[row.pk]), {"version": "9", "comments": "Changed my mind"})
    assert late.status_code == 403
    assert [event.act for event in history("assignment", row.pk)][-1] == "assignment.submit"


def test_declining_with_a_conflict_ends_access_at_once(released: World, run) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    run(as_(released.reviewer), "review:refuse", row.pk, reason="We share a laboratory.", decline="conflict")
    assert as_(released.reviewer).get(reverse("review:assignment", args=[row.pk])).status_code == 404
    conflict = Conflict.objects.get(proposal=row.proposal, expert=row.expert)
    assert (conflict.status, conflict.source) == ("confirmed", "declared")
    answer = as_(released.officer).post(
        reverse("review:assign", args=[row.proposal_id]), {"expert": row.expert_id, "reason": "Still the best"}
    )
    assert answer.status_code == 403


def test_a_conflict_found_after_assignment_recalls_access(released: World) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    domain.accept_invitation(assignment=row, user=released.reviewer, now=released.now)
    client = as_(released.reviewer)
    assert client.get(reverse("review:assignment", args=[row.pk])).status_code == 200
    Conflict.objects.create(
        proposal=row.proposal, expert=row.expert, kind="coauthor", source="officer", status="confirmed"
    )
    assert client.get(reverse("review:assignment", args=[row.pk])).status_code == 404
    assert client.post(reverse("review:autosave", args=[row.pk]), {"version": "0"}).status_code == 404


def test_a_conflict_found_takes_the_proposal_itself_away(released: World) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    domain.accept_invitation(assignment=row, user=released.reviewer, now=released.now)
    address, client = reverse("proposals:detail", args=[row.proposal_id]), as_(released.reviewer)
    assert client.get(address).status_code == 200
    assert visible_proposals(released.reviewer).filter(pk=row.proposal_id).exists()
    found = Conflict.objects.create(
        proposal=row.proposal, expert=row.expert, kind="coauthor", source="officer", status="confirmed"
    )
    assert client.get(address).status_code == 404
    assert not visible_proposals(released.reviewer).filter(pk=row.proposal_id).exists()
    assert row.pk not in client.get(reverse("review:mine")).text
    Conflict.objects.filter(pk=found.pk).update(status="dismissed")
    assert client.get(address).status_code == 200


def test_a_dismissed_conflict_stays_dismissed_in_the_next_run(world: World, panel, accepted, run) -> None:
    expert = panel[1]
    Conflict.objects.create(proposal=accepted[0], expert=expert, kind="coauthor", source="computed")
    run(as_(world.officer), "review:start", world.call.pk, reviews="3", max_load="3", seed="1")
    conflict = Conflict.objects.create(proposal=accepted[0], expert=expert, kind="organisation", evidence="x")
    run(as_(world.officer), "review:conflict", str(conflict.pk), status="dismissed", reason="Other campus")
    run(as_(world.officer), "review:start", world.call.pk, reviews="3", max_load="3", seed="1")
    conflict.refresh_from_db()
    assert conflict.status == "dismissed"


def test_too_few_experts_are_named_with_a_remedy(world: World, panel, accepted, run) -> None:
    run(as_(world.officer), "review:start", world.call.pk, reviews="9", max_load="3", seed="1")
    page = as_(world.officer).get(reverse("review:room", args=[world.call.pk])).content.decode()
    assert accepted[0].number in page
    assert world.call.match_runs.first().summary["shortage"]


@pytest.mark.parametrize("who", ["applicant", "stranger", "office", "reviewer"])
def test_nobody_but_the_officer_enters_the_matching_room(matched: World, who: str) -> None:
    client = as_(getattr(matched, who))
    proposal = Proposal.objects.exclude(applicant=getattr(matched, who).person).first()
    for address in (
        reverse("review:room", args=[matched.call.pk]),
        reverse("review:progress", args=[matched.call.pk]),
        reverse("review:proposal", args=[proposal.pk]),
        reverse("review:experts"),
        reverse("decisions:room", args=[matched.call.pk]),
    ):
        assert client.get(address).status_code == 404, address


def test_an_officer_who_applies_sees_nothing_of_the_own_file(matched: World) -> None:
    own = Proposal.objects.first()
    Proposal.objects.filter(pk=own.pk).update(applicant=matched.officer.person)
    client = as_(matched.officer)
    assert client.get(reverse("review:proposal", args=[own.pk])).status_code == 404
    assert own.number not in client.get(reverse("review:room", args=[matched.call.pk])).content.decode()


@pytest.mark.database
def test_from_reviews_to_published_decisions(released: World, run) -> None:
    review_all(released, released.now)
    officer, signatory = as_(released.officer), as_(released.signatory)
    run(officer, "review:finish", released.call.pk)
    run(officer, "decisions:start", released.call.pk, seed="1")
    page = officer.get(reverse("decisions:room", args=[released.call.pk])).content.decode()
    assert 'class="plot"' in page
    run(officer, "decisions:replay", released.call.pk)
    run(officer, "decisions:draft", released.call.pk)
    made = DecisionList.objects.get(state="draft")
    assert sorted(made.decisions.values_list("outcome", flat=True)) == ["decline", "fund"]
    stale = signatory.post(reverse("decisions:sign", args=[made.pk]), {"hash": "0" * 64})
    assert stale.status_code == 409
    by_officer = officer.post(reverse("decisions:sign", args=[made.pk]), {"hash": _hash(made)})
    assert by_officer.status_code == 403
    run(signatory, "decisions:sign", made.pk, hash=_hash(made))
    run(officer, "decisions:publish", made.pk)
    assert Call.objects.get(pk=released.call.pk).state == "decided"
    assert sorted(Proposal.objects.values_list("state", flat=True)) == ["awarded", "declined"]
    assert Letter.objects.filter(template__in=["awarded", "declined"]).count() == 2
    won = Proposal.objects.get(state="awarded")
    assert won.title_en in Client(headers={"accept-language": "en"}).get(reverse("decisions:awards")).content.decode()
    assert Client().get(reverse("decisions:award", args=[won.pk])).status_code == 200
    lost = Proposal.objects.get(state="declined")
    assert Client().get(reverse("decisions:award", args=[lost.pk])).status_code == 404


def _hash(made: DecisionList) -> str:
    from yuantou.apps.decisions.domain import hash_of

    return hash_of(made)


def test_applicants_read_comments_without_any_trace_of_reviewers(released: World, run) -> None:
    review_all(released, released.now)
    everybody = [str(name) for row in Assignment.objects.all() for name in row.expert.person.all_names]
    names = [name for name in everybody if name.lower() != "reviewer"]  # the fixture's name is a word of the page
    ids = [row.pk for row in Assignment.objects.all()] + [row.expert_id for row in Assignment.objects.all()]
    run(as_(released.officer), "review:finish", released.call.pk)
    run(as_(released.officer), "decisions:start", released.call.pk)
    run(as_(released.officer), "decisions:draft", released.call.pk)
    made = DecisionList.objects.get(state="draft")
    run(as_(released.signatory), "decisions:sign", made.pk, hash=_hash(made))
    before = as_(released.applicant).get(reverse("decisions:outcome", args=[Proposal.objects.first().pk]))
    assert before.status_code == 404
    run(as_(released.officer), "decisions:publish", made.pk)
    own = Proposal.objects.get(applicant=released.applicant.person)
    page = as_(released.applicant).get(reverse("decisions:outcome", args=[own.pk])).content.decode()
    assert COMMENT.split(";", maxsplit=1)[0] in page
    assert not [trace for trace in names + ids if trace in page]
    letters = " ".join(Letter.objects.filter(template__in=["awarded", "declined"]).values_list("body", flat=True))
    assert not [trace for trace in names + ids if trace in letters]


def test_departing_from_the_rule_needs_a_reason_and_stays_within_the_budget(released: World, run) -> None:
    review_all(released, released.now)
    officer = as_(released.officer)
    run(officer, "review:finish", released.call.pk)
    run(officer, "decisions:start", released.call.pk)
    run(officer, "decisions:draft", released.call.pk)
    made = DecisionList.objects.get(state="draft")
    lost, won = made.decisions.get(outcome="decline"), made.decisions.get(outcome="fund")
    change = lambda row, **data: officer.post(reverse("decisions:change", args=[row.pk]), data)  # noqa: E731
    assert change(lost, outcome="fund", reason="Non-consensus").status_code == 403
    assert change(won, outcome="decline", reason="").status_code == 403
    before = _hash(made)
    assert change(won, outcome="decline", reason="Withdrawn by the applicant by telephone").status_code == 302
    assert change(lost, outcome="fund", reason="Non-consensus route").status_code == 302
    assert _hash(made) != before
    assert [event.act for event in history("decision_list", made.pk)].count("decision_list.change") == 2


@pytest.mark.parametrize("extra", [0, 20])
def test_the_lists_ask_the_database_the_same_number_of_questions_for_any_length(
    released: World, django_assert_max_num_queries, extra: int
) -> None:
    for number in range(extra):
        copy = released.proposal(number=f"X-{number}", state="in_review", title_zh=f"题{number}")
        Assignment.objects.create(
            call=released.call,
            proposal=copy,
            expert=Expert.objects.first(),
            state="invited",
            created_at=released.now,
            due_at=released.now,
        )
    client = as_(released.officer)
    own = as_(released.reviewer)
    with django_assert_max_num_queries(32):
        client.get(reverse("review:room", args=[released.call.pk]))
    with django_assert_max_num_queries(20):
        client.get(reverse("review:progress", args=[released.call.pk]))
    with django_assert_max_num_queries(10):
        own.get(reverse("review:mine"))
    with django_assert_max_num_queries(10):
        client.get(reverse("review:experts"))
