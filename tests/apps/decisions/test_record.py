"""The record of a decision: every field, frozen inputs, and ranking, list and draw again byte for byte."""

import dataclasses
import datetime as dt
import json

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions import domain, rankings, records
from yuantou.apps.decisions.models import Decision, DecisionList, Draw, Ranking
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.models import Assignment, Conflict, ConflictStatus, Expert, Review, ReviewVersion
from yuantou.apps.workflow.models import Letter, ProgrammeTypeVersion
from yuantou.cli import main
from yuantou.connectors.files.decision_file import DECISION, decision_file, unpack
from yuantou.kernel.errors import InputError
from yuantou.kernel.progress import silent

BLOCKS = {
    *("record", "call", "inputs", "model", "proposals", "rules", "draw", "outcomes", "left_out", "human"),
    *("publication", "made_with"),
}
GRADES = [(5, 5, 4), (4, 4, 5), (4, 4, 3), (3, 4, 3), (3, 2, 3), (2, 2, 1)]


@pytest.fixture
def reviewed(world: World) -> World:
    """Six proposals of 300,000 each with three reviews; the budget reaches for three."""
    experts = [Expert.objects.create(person=world.user(f"expert{n}", world.institute).person) for n in range(3)]
    for i, grades in enumerate(GRADES):
        proposal = world.proposal(number=f"N{i}", requested=300_000, state="in_review")
        for expert, grade in zip(experts, grades, strict=True):
            review(world, proposal, expert, grade)
    world.call.state = "ranked"
    world.call.save()
    return world


def review(world: World, proposal, expert: Expert, grade: int) -> Review:
    row = Assignment.objects.create(
        call=world.call, proposal=proposal, expert=expert, state="submitted", created_at=world.now
    )
    scores = {c.id: grade for c in world.call.programme.review.criteria}
    made = Review.objects.create(
        assignment=row, scores=scores, overall=grade, submitted_at=world.now, content_hash="0" * 64
    )
    ReviewVersion.objects.create(review=made, number=1, content=scores, content_hash="0" * 64, submitted_at=world.now)
    return made


def rank_call(world: World, *, days: int = 0) -> Ranking:
    later = world.now + dt.timedelta(days=days, minutes=1)
    ranking = rankings.start_ranking(call=world.call, user=world.officer, now=later, seed=7)
    rankings.run_ranking(Job.objects.get(pk=ranking.job_id), silent, now=later)
    Job.objects.filter(pk=ranking.job_id).update(state="done")
    return Ranking.objects.get(pk=ranking.pk)


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def post(user: User, name: str, key: str, **fields: str):
    return browser(user).post(reverse(f"decisions:{name}", args=[key]), fields, follow=True)


def the_list() -> DecisionList:
    return DecisionList.objects.exclude(state="discarded").get()


def draws(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    plain = ProgrammeTypeVersion.programme.func

    def drawing(row: ProgrammeTypeVersion) -> object:
        programme = plain(row)
        return dataclasses.replace(programme, decision=dataclasses.replace(programme.decision, rule=rule))

    monkeypatch.setattr(ProgrammeTypeVersion, "programme", property(drawing))


def sign(world: World) -> bytes:
    row = the_list()
    post(world.signatory, "sign", row.pk, hash=row.content_hash)
    row = the_list()
    assert row.state == "signed"
    content = records.file_of(row)
    assert content is not None
    return content


def test_ranking_and_list_are_made_again_byte_for_byte(reviewed: World, tmp_path, capsys) -> None:
    rank_call(reviewed)
    post(reviewed.officer, "draft", reviewed.call.pk)
    third = Decision.objects.get(position=3)
    assert third.by_rule == "fund"
    post(reviewed.officer, "change", third.pk, outcome="decline", reason="The same is funded elsewhere.")
    content = sign(reviewed)
    record = json.loads(unpack(content)[DECISION])
    assert set(record) == BLOCKS
    assert [row["outcome"] for row in record["human"]["departures"]] == ["decline"]
    assert record["outcomes"][2][1:] == ["decline", None]
    best = record["proposals"][0]
    assert {"n_reviews", "raw_mean", "mean", "sd", "expected_rank", "p_top", "corrections", "discuss"} <= set(best)
    assert len(best["corrections"]) == 3
    assert [run["run"] for run in record["model"]["sensitivity"]] == ["plain_mean", "ordinal", "without_reviewer"]
    assert records.replay_list(the_list()) == []
    assert "identical, byte for byte" in post(reviewed.officer, "replay", reviewed.call.pk).content.decode()
    path = tmp_path / "decision.zip"
    path.write_bytes(content)
    assert main(["--lang", "en", "call", "replay", str(path)]) == 0
    assert "2 of 6 proposals are funded" in capsys.readouterr().out


def test_a_draw_is_made_again_too(reviewed: World, monkeypatch: pytest.MonkeyPatch, tmp_path, capsys) -> None:
    draws(monkeypatch, "smooth")
    rank_call(reviewed)
    post(reviewed.officer, "draft", reviewed.call.pk)
    secrets = {"officer": "o" * 40, "signatory": "s" * 40}
    for step in ("commit", "freeze", "reveal"):
        if step == "freeze":
            post(reviewed.officer, step, the_list().pk)
            continue
        for party, secret in secrets.items():
            post(getattr(reviewed, party), step, the_list().pk, party=party, secret=secret)
    assert Draw.objects.get().held
    content = sign(reviewed)
    assert records.replay_list(the_list()) == []
    members = unpack(content)
    assert {"draw.json", "decision.json", "proposals.csv", "reviews.csv", "review_versions.csv"} <= set(members)
    record = json.loads(members[DECISION])
    assert record["rules"]["one_grade_moves"]["own"] > 0
    record["draw"]["awarded"] = sorted({row[0] for row in record["outcomes"]} - set(record["draw"]["awarded"]))
    path = tmp_path / "altered.zip"
    path.write_bytes(decision_file({n: members[n] for n in members if n.endswith(".csv")}, record))
    assert main(["--lang", "en", "call", "replay", str(path)]) == 1
    assert "The awards are not those of the draw" in capsys.readouterr().err


def test_whatever_is_altered_is_named(reviewed: World, tmp_path, capsys) -> None:
    rank_call(reviewed)
    post(reviewed.officer, "draft", reviewed.call.pk)
    members = unpack(sign(reviewed))
    path = tmp_path / "altered.zip"

    def told(files: dict[str, bytes], record: dict) -> str:
        path.write_bytes(decision_file({n: files[n] for n in files if n.endswith(".csv")}, record))
        assert main(["--lang", "en", "call", "replay", str(path)]) == 1
        shown = capsys.readouterr()
        return shown.out + shown.err

    record = json.loads(members[DECISION])
    record["outcomes"][0][1] = "decline"
    record["proposals"][0]["p_top"] += 1e-12
    assert all(word in told(members, record) for word in ("“outcomes”", "“proposals”"))
    text = members["reviews.csv"].decode()
    assert ",5.0," in text
    changed = members | {"reviews.csv": text.replace(",5.0,", ",4.0,", 1).encode()}
    assert "“inputs.reviews”" in told(changed, json.loads(members[DECISION]))


def test_no_person_is_named_in_the_file(reviewed: World) -> None:
    rank_call(reviewed)
    post(reviewed.officer, "draft", reviewed.call.pk)
    content = sign(reviewed)
    told = b"".join(unpack(content).values()).decode()
    for expert in Expert.objects.all():
        assert expert.pk not in told
        assert expert.person.name_en not in told
    assert "Applicant" not in told


def test_a_review_in_conflict_does_not_count_and_is_listed(reviewed: World) -> None:
    row = Assignment.objects.first()
    assert row is not None
    Conflict.objects.create(proposal=row.proposal, expert=row.expert, kind="coauthor", status=ConflictStatus.CONFIRMED)
    ranking = rank_call(reviewed)
    assert ranking.rows.get(proposal=row.proposal).n_reviews == 2
    left_out = json.loads(unpack(rankings.read(ranking.frozen_id))[rankings.LEFT_OUT])
    assert [(one["proposal"], one["reason"]) for one in left_out] == [(row.proposal_id, "conflict")]


def test_reviews_after_the_freeze_stop_the_list_and_the_replay_stands(reviewed: World) -> None:
    ranking = rank_call(reviewed)
    late = Expert.objects.create(person=reviewed.user("late", reviewed.institute).person)
    added = review(reviewed, Assignment.objects.first().proposal, late, 5)  # type: ignore[union-attr]
    Review.objects.filter(pk=added.pk).update(submitted_at=reviewed.now + dt.timedelta(days=1))
    answer = post(reviewed.officer, "draft", reviewed.call.pk)
    assert answer.status_code == 403
    assert "1 reviews came, changed or went" in answer.content.decode()
    assert not DecisionList.objects.exists()
    room = browser(reviewed.officer).get(reverse("decisions:room", args=[reviewed.call.pk])).content.decode()
    assert "after this ranking was frozen" in room
    assert rankings.replay(ranking) == []
    rank_call(reviewed, days=2)
    assert post(reviewed.officer, "draft", reviewed.call.pk).status_code == 200


def test_publishing_that_fails_on_the_way_leaves_nobody_decided_or_told(reviewed: World) -> None:
    rank_call(reviewed)
    post(reviewed.officer, "draft", reviewed.call.pk)
    sign(reviewed)
    late = reviewed.proposal(number="N9", requested=300_000, state="in_review")
    job = domain.start_publishing(decision_list=the_list(), user=reviewed.officer, now=reviewed.now)
    with pytest.raises(InputError, match="no decision"):
        domain.run_publishing(job, silent, now=reviewed.now)
    assert set(Proposal.objects.values_list("state", flat=True)) == {"in_review"}
    assert not Letter.objects.filter(template__in=["awarded", "declined"]).exists()
    assert (the_list().state, Call.objects.get().state) == ("signed", "ranked")
    Proposal.objects.filter(pk=late.pk).update(state="withdrawn")
    domain.run_publishing(job, silent, now=reviewed.now)
    assert (the_list().state, Call.objects.get().state) == ("published", "decided")
    assert Letter.objects.filter(template__in=["awarded", "declined"]).count() == len(GRADES)


@pytest.mark.parametrize("role", ["applicant", "reviewer", "stranger"])
def test_the_file_is_for_those_who_decide(reviewed: World, role: str) -> None:
    rank_call(reviewed)
    post(reviewed.officer, "draft", reviewed.call.pk)
    address = reverse("decisions:record", args=[the_list().pk])
    assert browser(reviewed.officer).get(address).status_code == 200
    assert browser(getattr(reviewed, role)).get(address).status_code in {403, 404}


def test_what_is_no_record_is_refused(tmp_path) -> None:
    path = tmp_path / "decision.json"
    path.write_text("[]")
    with pytest.raises(InputError):
        from yuantou.connectors.files.decision_file import read_decision_file

        read_decision_file(tmp_path)
