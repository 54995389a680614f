"""Eligibility and quota rules are held over the record when a proposal is submitted, and shown before."""

import datetime as dt

import pytest
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.proposals.conftest import ANSWERS
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals import domain
from yuantou.apps.proposals.models import Member, Proposal
from yuantou.apps.registry.facade import save_career
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.workflow.eligibility import Verdict
from yuantou.kernel.errors import NotAllowedError


def of_type(world: World, type_id: str, **extra: object) -> Proposal:
    world.call.programme_type = ProgrammeTypeVersion.objects.get(type_id=type_id)
    world.call.save()
    return world.proposal(call=world.call, **extra)


def verdicts(proposal: Proposal, now: dt.datetime) -> dict[str, Verdict]:
    return {checked.rule.id: checked.verdict for checked in domain.rules_of(proposal, now)}


def career(world: World, **values: object) -> None:
    known = {"birth_date": None, "sex": "", "independent_since": None, "leave_months": 0}
    save_career(person=world.applicant.person, values=known | values, actor="user:1", now=world.now)


@pytest.mark.parametrize(
    ("born", "sex", "leave", "verdict"),
    [
        (dt.date(1991, 1, 2), "m", 0, Verdict.MET),
        (dt.date(1991, 1, 1), "m", 0, Verdict.BROKEN),
        (dt.date(1989, 1, 1), "m", 36, Verdict.MET),
        (dt.date(1988, 1, 1), "f", 0, Verdict.MET),
        (dt.date(1985, 1, 1), "f", 12, Verdict.BROKEN),
        (None, "f", 0, Verdict.UNKNOWN),
    ],
)
def test_age_is_counted_on_the_first_of_january_and_leave_extends_it(
    world: World, born: dt.date | None, sex: str, leave: int, verdict: Verdict
) -> None:
    career(world, birth_date=born, sex=sex, leave_months=leave)
    assert verdicts(of_type(world, "young-lump-sum"), world.now)["age"] is verdict


def test_what_the_record_lacks_is_named_with_the_remedy_in_both_languages(world: World) -> None:
    found = domain.obstacles(of_type(world, "young-lump-sum"), world.now)
    text = next(finding for finding in found if finding.key == "rules")
    assert "个人资料" in text.message.zh
    assert "profile" in text.message.en
    assert "周岁" in text.label.zh


def test_an_award_is_given_once_in_a_career(world: World) -> None:
    proposal = of_type(world, "young-lump-sum")
    assert verdicts(proposal, world.now)["first"] is Verdict.MET
    world.proposal(state="awarded", number="2025-YL-000001")
    assert verdicts(proposal, world.now)["first"] is Verdict.BROKEN


def test_one_proposal_for_each_applicant_in_a_call(world: World, complete) -> None:
    world.proposal(state="submitted", number="x")
    with pytest.raises(NotAllowedError) as refused:
        domain.submit_proposal(proposal=complete(), user=world.applicant, now=world.now)
    [problem] = refused.value.problems
    assert "每人每批次限申请一项" in problem.message.zh
    assert "Withdraw the other" in problem.message.en


def test_joined_proposals_count_for_the_quota_of_a_person(world: World) -> None:
    proposal = world.proposal()
    for number in range(3):
        other = world.proposal(applicant=world.stranger.person, state="in_review", number=str(number))
        assert verdicts(proposal, world.now)["two_at_a_time"] is Verdict.MET
        Member.objects.create(
            proposal=other, email="a@x", person=world.applicant.person, state="confirmed", invited_at=world.now
        )
    assert verdicts(proposal, world.now)["two_at_a_time"] is Verdict.BROKEN


def test_an_institution_has_so_many_places_in_a_call(world: World) -> None:
    career(world, independent_since=dt.date(2020, 1, 1), birth_date=dt.date(1985, 1, 1))
    proposal = of_type(world, "talent")
    people = [world.user(f"p{n}", world.university).person for n in range(10)]
    for n, person in enumerate(people):
        assert verdicts(proposal, world.now)["institution_quota"] is Verdict.MET
        world.proposal(applicant=person, state="submitted", number=str(n))
    assert verdicts(proposal, world.now)["institution_quota"] is Verdict.BROKEN


def test_the_budgets_of_partners_are_read_from_the_lines_and_must_sum(world: World) -> None:
    budgets = "云泽大学 300 万元\n海川研究所：2,000,000\nThird Institute 1000000 元"
    proposal = of_type(world, "consortium", requested=6_000_000, answers={"budget_partners": budgets})
    assert verdicts(proposal, world.now)["budget_adds_up"] is Verdict.MET
    proposal.answers["budget_partners"] = budgets.replace("300 万元", "301 万元")
    assert verdicts(proposal, world.now)["budget_adds_up"] is Verdict.BROKEN


def test_both_countries_have_to_consent(world: World) -> None:
    abroad = Organisation.objects.create(name_en="Spring College", country="SE")
    partner = world.user("partner", abroad)
    answers = {"budget_a": "300000", "budget_b": "200000"}
    proposal = of_type(world, "joint-bilateral", answers=answers)
    member = Member.objects.create(
        proposal=proposal, email=partner.email, person=partner.person, invited_at=world.now, state="invited"
    )
    assert verdicts(proposal, world.now) == {
        "two_sides": Verdict.BROKEN,
        "two_budgets": Verdict.MET,
        "one_application": Verdict.MET,
    }
    member.state = "confirmed"
    member.save()
    proposal = Proposal.objects.get(pk=proposal.pk)
    assert set(verdicts(proposal, world.now).values()) == {Verdict.MET}


def test_a_rule_counts_from_its_day_on(world: World) -> None:
    world.call.opens_at, world.call.closes_at = (dt.datetime(2025, m, 1, tzinfo=dt.UTC) for m in (1, 12))
    proposal = of_type(world, "talent")
    assert set(verdicts(proposal, world.now)) == {"age_until_2025"}


def test_rules_are_shown_beside_the_form_and_before_submitting(live: World, as_) -> None:
    live.proposal(state="submitted", number="x")
    draft = live.proposal()
    client = as_(live.applicant)
    client.post(f"/proposals/{draft.pk}/autosave/", {**ANSWERS, "version": 0})
    for page in ("edit", "missing", "submit"):
        assert "每人每批次限申请一项" in client.get(reverse(f"proposals:{page}", args=[draft.pk])).content.decode()


def test_age_and_leave_are_edited_and_seen_by_oneself_alone(live: World, as_) -> None:
    mine, other = as_(live.applicant), as_(live.officer)
    values = {"birth_date": "1990-05-06", "sex": "f", "independent_since": "2020-01-01", "leave_months": "18"}
    assert mine.post(reverse("registry:career"), values).status_code == 302
    assert "1990-05-06" in mine.get(reverse("registry:career")).content.decode()
    address = reverse("registry:person", args=[live.applicant.person_id])
    assert reverse("registry:career") in mine.get(address).content.decode()
    page = other.get(address).content.decode()
    assert "1990" not in page
    assert reverse("registry:career") not in page


def test_time_at_a_facility_does_not_count_among_three_projects(world: World) -> None:
    draft = world.proposal()
    beam = Call.objects.get(pk=world.call.pk)
    beam.pk, beam.programme_type = "beamtimecall", ProgrammeTypeVersion.objects.get(type_id="facility-time")
    beam.save(force_insert=True)
    for n, state in enumerate(("awarded", "awarded", "in_review", "submitted")):
        world.proposal(call=beam, state=state, number=f"FT-{n}")
    assert verdicts(draft, world.now)["two_at_a_time"] is Verdict.MET
    for n in range(3):
        world.proposal(state="awarded", number=f"2025-FE-{n}")
    assert verdicts(draft, world.now)["two_at_a_time"] is Verdict.BROKEN
