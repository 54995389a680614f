"""The matching room: runs side by side, pairs kept and barred, what a later run may touch."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.review.conftest import as_
from yuantou.apps.accounts.models import RoleGrant
from yuantou.apps.audit.facade import history
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Affiliation
from yuantou.apps.review import reasons
from yuantou.apps.review.models import Assignment, Conflict, Expert, MatchRun
from yuantou.apps.review.results import compare

pytestmark = pytest.mark.django_db
Run = Callable[..., object]


def again(world: World, run: Run, **parameters: str) -> MatchRun:
    """Run the matching and return the run."""
    values = {"reviews": "2", "max_load": "3", "seed": "1", **parameters}
    run(as_(world.officer), "review:start", world.call.pk, **values)
    return world.call.match_runs.latest("created_at", "job__finished_at")


def live(proposal: Proposal) -> set[str]:
    """Return who stands on a proposal."""
    rows = Assignment.objects.filter(proposal=proposal, state__in=["proposed", "invited", "accepted", "submitted"])
    return set(rows.values_list("expert_id", flat=True))


def test_two_runs_stand_side_by_side_with_gain_and_loss(world: World, panel, accepted, run: Run) -> None:
    first = again(world, run, reviews="3")
    second = again(world, run, reviews="2")
    found = compare(first, second)
    assert (found.before.pairs, found.after.pairs) == (6, 4)
    assert (found.kept, found.gone, found.come) == (4, 2, 0)
    assert found.changes["gain"].sum() == pytest.approx(found.after.value - found.before.value)
    assert compare(first, first).changes.is_empty()
    address = reverse("review:compare", args=[world.call.pk])
    page = as_(world.officer).get(address).content.decode()
    assert accepted[0].number in page
    assert accepted[1].number in page
    assert as_(world.officer).get(address, {"before": "nothing"}).status_code == 404
    for user in (world.applicant, world.reviewer, world.office):
        assert as_(user).get(address).status_code == 404


def test_one_run_alone_says_what_to_do(matched: World) -> None:
    page = as_(matched.officer).get(reverse("review:compare", args=[matched.call.pk]))
    assert page.status_code == 200
    assert reverse("review:room", args=[matched.call.pk]) in page.content.decode()


def test_an_officer_of_the_call_who_applies_compares_nothing(matched: World) -> None:
    Proposal.objects.filter(pk=Proposal.objects.first().pk).update(applicant=matched.officer.person)
    assert as_(matched.officer).get(reverse("review:compare", args=[matched.call.pk])).status_code == 403


@pytest.mark.database
def test_the_list_of_changes_asks_as_much_for_many_as_for_few(
    world: World, panel, accepted, run: Run, django_assert_max_num_queries
) -> None:
    again(world, run, reviews="3")
    again(world, run, reviews="1")
    client = as_(world.officer)
    with django_assert_max_num_queries(22):
        client.get(reverse("review:compare", args=[world.call.pk]))


def test_a_locked_pair_stays_and_keeps_its_place(world: World, panel, accepted, run: Run) -> None:
    again(world, run, reviews="3")
    row = Assignment.objects.filter(proposal=accepted[0]).order_by("affinity").first()
    run(as_(world.officer), "review:lock", row.pk, locked="1", reason="Knows the method")
    again(world, run, reviews="1")
    assert live(accepted[0]) == {row.expert_id}
    row.refresh_from_db()
    assert [event.act for event in history("assignment", row.pk)] == ["assignment.propose", "assignment.lock"]
    run(as_(world.officer), "review:lock", row.pk, locked="0", reason="Asked by mistake")
    again(world, run, reviews="1")
    assert not Assignment.objects.filter(pk=row.pk).exists()


def test_a_lock_needs_a_reason(matched: World) -> None:
    row = Assignment.objects.first()
    answer = as_(matched.officer).post(reverse("review:lock", args=[row.pk]), {"locked": "1", "reason": " "})
    assert answer.status_code == 403
    assert not Assignment.objects.filter(locked=True).exists()


def test_a_barred_pair_is_taken_off_and_never_chosen_again(matched: World, accepted, run: Run) -> None:
    proposal = accepted[0]
    row = Assignment.objects.filter(proposal=proposal).first()
    run(as_(matched.officer), "review:bar", proposal.pk, expert=row.expert_id, reason="A quarrel in print")
    row.refresh_from_db()
    assert row.state == "cancelled"
    again(matched, run, reviews="3")
    assert row.expert_id not in live(proposal)
    conflict = Conflict.objects.get(proposal=proposal, expert=row.expert_id)
    assert (conflict.kind, conflict.status, conflict.source) == ("officer", "confirmed", "officer")
    assert [event.act for event in history("conflict", str(conflict.pk))] == ["conflict.bar"]


def test_who_was_asked_counts_and_who_declined_is_not_asked_again(released: World, accepted, run: Run) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    run(as_(released.reviewer), "review:refuse", row.pk, reason="No time", decline="busy")
    again(released, run, reviews="3")
    assert row.expert_id not in live(row.proposal)
    for proposal in accepted:
        states = Assignment.objects.filter(proposal=proposal).values_list("state", flat=True)
        assert sorted(states).count("proposed") <= 1
        assert len(live(proposal)) <= 3


def test_dismissing_one_kind_of_conflict_leaves_the_others(world: World, panel, accepted, run: Run) -> None:
    expert, proposal = panel[1], accepted[0]
    again(world, run)
    Conflict.objects.create(proposal=proposal, expert=expert, kind="declared", source="declared", evidence="kin")
    other = Conflict.objects.create(proposal=proposal, expert=expert, kind="coauthor", evidence="one paper")
    run(as_(world.officer), "review:conflict", str(other.pk), status="dismissed", reason="Only cited")
    again(world, run, reviews="3")
    assert expert.pk not in live(proposal)


def test_confirming_a_conflict_recalls_the_review_at_once(released: World, run: Run) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    conflict = Conflict.objects.create(proposal=row.proposal, expert=row.expert, kind="coauthor", evidence="a paper")
    run(as_(released.officer), "review:conflict", str(conflict.pk), status="confirmed", reason="Seen in print")
    row.refresh_from_db()
    assert row.state == "cancelled"
    assert as_(released.reviewer).get(reverse("review:assignment", args=[row.pk])).status_code == 404
    assert history("assignment", row.pk)[-1].act == "assignment.cancel"


def test_what_a_run_finds_recalls_reviews_under_way(released: World, accepted, run: Run) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    name = released.reviewer.person.name_en
    Conflict.objects.create(
        proposal=row.proposal, expert=row.expert, kind="declared", source="officer", evidence=f"{name} said so"
    )
    again(released, run, reviews="3")
    row.refresh_from_db()
    assert row.state == "cancelled"


@pytest.mark.parametrize("who", ["applicant", "reviewer", "office", "stranger"])
def test_nobody_else_locks_or_bars(matched: World, who: str) -> None:
    row = Assignment.objects.select_related("proposal").first()
    client: Client = as_(getattr(matched, who))
    assert client.post(reverse("review:lock", args=[row.pk]), {"locked": "1", "reason": "x"}).status_code == 404
    bar = reverse("review:bar", args=[row.proposal_id])
    assert client.post(bar, {"expert": row.expert_id, "reason": "x"}).status_code == 404


def test_the_effect_is_shown_before_the_change_and_the_change_is_whole(matched: World, run: Run) -> None:
    proposal = Proposal.objects.filter(title_en__contains="Majorana").get()
    again(matched, run, reviews="2")
    out = Assignment.objects.get(proposal=proposal, expert_id=min(live(proposal)))
    spare = next(iter({"topology-0", "topology-1", "topology-2"} - live(proposal)))
    client, address = as_(matched.officer), reverse("review:change", args=[proposal.pk])
    page = client.get(address, {"expert": spare, "instead": out.pk}).content.decode()
    assert str(out.expert) in page
    assert client.post(address, {"expert": spare, "instead": out.pk, "reason": " "}).status_code == 403
    out.refresh_from_db()
    assert out.state == "proposed"
    run(client, "review:change", proposal.pk, expert=spare, instead=out.pk, reason="Knows the method")
    assert spare in live(proposal)
    assert out.expert_id not in live(proposal)
    assert client.get(address, {"expert": "nobody"}).status_code == 404
    assert as_(matched.applicant).get(address, {"expert": spare}).status_code == 404


@pytest.mark.parametrize("keep", ["run", "all", "most"])
def test_two_of_one_house_chosen_by_hand_stop_no_later_run(world: World, panel, accepted, run: Run, keep: str) -> None:
    again(world, run, reviews="2")
    proposal = accepted[0]
    out = Assignment.objects.filter(proposal=proposal).order_by("expert").first()
    stays = (live(proposal) - {out.expert_id}).pop()
    spare = next(iter({"topology-0", "topology-1", "topology-2"} - live(proposal)))
    home = Affiliation.objects.filter(person__expert__pk=stays).first()
    Affiliation.objects.filter(person__expert__pk=spare).delete()
    Affiliation.objects.create(person=Expert.objects.get(pk=spare).person, organisation=home.organisation)
    lock = Assignment.objects.get(proposal=proposal, expert=stays)
    run(as_(world.officer), "review:lock", lock.pk, locked="1", reason="Knows the method")
    run(as_(world.officer), "review:change", proposal.pk, expert=spare, instead=out.pk, reason="Both are needed")
    if keep == "run":
        latest = again(world, run, reviews="2")
    else:
        run(as_(world.officer), "review:repair", world.call.pk, keep=keep)
        latest = world.call.match_runs.first()
    assert latest.job.state == "done", latest.job.message_en
    assert live(proposal) == {stays, spare}
    assert len(live(accepted[1])) == 2


def test_a_conflict_in_the_way_of_a_change_is_shown_and_stops_it(matched: World) -> None:
    proposal = Proposal.objects.filter(title_en__contains="Majorana").get()
    Conflict.objects.create(proposal=proposal, expert_id="arsenic-1", kind="coauthor", evidence="Nature 2024")
    client, address = as_(matched.officer), reverse("review:change", args=[proposal.pk])
    assert "Nature 2024" in client.get(address, {"expert": "arsenic-1"}).content.decode()
    assert client.post(address, {"expert": "arsenic-1", "reason": "Still"}).status_code == 403


@pytest.mark.parametrize("keep", ["all", "most"])
def test_after_a_decline_the_gap_is_filled_and_nobody_asked_moves(
    released: World, panel, accepted, run: Run, keep: str
) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    run(as_(released.reviewer), "review:refuse", row.pk, reason="No time", decline="busy")
    asked = set(Assignment.objects.filter(state="invited").values_list("proposal_id", "expert_id"))
    client = as_(released.officer)
    room = reverse("review:room", args=[released.call.pk])
    again(released, run, reviews="3")  # nobody of the field is left: one of another field is proposed
    Assignment.objects.filter(state="proposed").delete()
    run(client, "review:repair", released.call.pk, keep=keep)
    latest = released.call.match_runs.first()
    assert latest.job.state == "done", latest.job.message_en
    assert latest.summary["moved"] == 0
    assert asked <= set(Assignment.objects.filter(state="invited").values_list("proposal_id", "expert_id"))
    assert row.expert_id not in live(row.proposal)
    assert len(live(row.proposal)) + sum(s["missing"] for s in latest.summary["shortage"]) == 3
    assert client.get(room).status_code == 200
    new = Assignment.objects.filter(state="proposed", proposal=row.proposal)
    assert all("works" in one.explanation for one in new)
    assert client.get(reverse("review:compare", args=[released.call.pk])).status_code == 200


@pytest.mark.database
def test_a_second_officer_is_told_who_is_at_work(matched: World, django_capture_on_commit_callbacks) -> None:
    other = matched.user("another", matched.agency)
    RoleGrant.objects.create(user=other, role="officer", organisation=matched.agency)
    values = {"reviews": "2", "max_load": "3", "seed": "1"}
    as_(matched.officer).post(reverse("review:start", args=[matched.call.pk]), values)  # waits for the worker
    answer = as_(other).post(reverse("review:start", args=[matched.call.pk]), values, follow=True)
    assert answer.status_code == 200
    assert matched.officer.person.name_zh in answer.content.decode()
    assert matched.call.match_runs.count() == 2
    assert as_(other).post(reverse("review:repair", args=[matched.call.pk]), {"keep": "all"}).status_code == 302
    assert matched.call.match_runs.count() == 2


def test_who_was_left_out_is_told_why_in_numbers(world: World, panel, accepted, run: Run) -> None:
    latest = again(world, run, reviews="2", max_load="1")
    proposal = accepted[0]
    chosen = list(Assignment.objects.filter(proposal=proposal).select_related("expert__person", "proposal__call"))
    rows = reasons.others(proposal, latest, chosen)
    assert rows
    assert not {row["expert_id"] for row in rows} & {row.expert_id for row in chosen}
    assert all(f"{row['affinity']:.3f}" in row["why"] or "一位" in row["why"] for row in rows)
    page = as_(world.officer).get(reverse("review:proposal", args=[proposal.pk])).content.decode()
    assert all(row["why"] in page for row in rows)
    shared = reasons.explained(chosen)[0]
    assert shared["read"] == len(shared["works"]) + 1  # the three closest of four
    assert 0 < sum(share for _term, share in shared["terms"]) <= 101
