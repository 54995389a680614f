"""From the award to a signed agreement: what each regime asks, who consents, and what the signatures cover."""

from collections.abc import Callable

import pytest

from tests.apps.projects.conftest import AMOUNT, Award
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import history
from yuantou.apps.projects import agreement
from yuantou.apps.projects.models import Part, Project
from yuantou.apps.proposals.models import Member
from yuantou.apps.workflow.models import Letter
from yuantou.kernel.errors import NotAllowedError, StaleError

pytestmark = pytest.mark.django_db
Make = Callable[[str], Award]


def missing(project: Project) -> list[str]:
    return [text.en for text in agreement.missing_of(project)]


def agree(part_id: str, user: User, one: Award) -> None:
    part = Part.objects.get(pk=part_id)
    agreement.consent(part=part, seen_hash=part.seal, user=user, now=one.now)


def save(one: Award, **values: object) -> None:
    agreement.save_agreement(project=one.project, values=values, user=one.lead, version=None)


def test_a_lump_sum_asks_for_a_pledge_and_has_no_lines(award: Make) -> None:
    one = award("young-lump-sum")
    assert missing(one.project) == ["Sign the pledge."]
    save(one, goals="A gap", pledge=True, line_equipment="1")
    assert missing(one.project) == []
    assert "lines" not in one.project.plan


def test_an_itemised_award_has_lines_that_sum_to_it(award: Make) -> None:
    one = award("market-application")
    save(one, goals="A gap", line_equipment="400000", line_labour="20 万元")
    assert missing(one.project) == []
    save(one, line_labour="19 万元")
    assert missing(one.project) == ["The budget lines must sum to the award."]


def test_partners_consent_to_their_part_and_again_when_it_changes(award: Make) -> None:
    one = award("consortium")
    partner = one.world.user("partner", one.world.institute)
    Member.objects.create(
        proposal=one.project.proposal, email=partner.email, person=partner.person, state="confirmed",
        invited_at=one.now,
    )  # fmt: skip
    Part.objects.all().delete()
    member = one.project.proposal.members.get()
    Part.objects.create(project=one.project, position=1, name="Lead", amount=AMOUNT)
    part = Part.objects.create(project=one.project, position=2, name="Partner", member=member)
    shares = {"amount_1": AMOUNT - 200_000, "amount_2": 200_000, "task_1": "Theory", "task_2": "Samples"}
    lines = {"line_equipment": AMOUNT}
    save(one, goals="A gap", **lines, **shares)
    assert missing(one.project) == []
    with pytest.raises(NotAllowedError):
        agreement.hand_agreement(project=one.project, user=one.lead, now=one.now)
    assert agreement.ask_partners(project=one.project, user=one.lead, now=one.now) == 1
    assert Letter.objects.filter(template="part_consent", recipient=partner).count() == 1
    for somebody in (one.lead, one.world.stranger):
        with pytest.raises(NotAllowedError):
            agree(part.pk, somebody, one)
    agree(part.pk, partner, one)
    save(one, amount_1=AMOUNT - 300_000, amount_2=300_000)
    assert Part.objects.get(pk=part.pk).agreed_at is None
    agree(part.pk, partner, one)
    agreement.hand_agreement(project=one.project, user=one.lead, now=one.now)
    assert one.project.state == "office_signing"


def test_two_agencies_share_what_they_were_asked_for(award: Make) -> None:
    one = award("joint-bilateral")
    assert [(part.name, part.amount) for part in one.project.parts.all()] == [
        ("agency_a", AMOUNT // 2),
        ("agency_b", AMOUNT // 2),
    ]


def test_signatures_stand_in_this_order_and_cover_the_same_text(award: Make) -> None:
    one = award("talent")
    one.written()
    for user in (one.world.stranger, one.world.officer):
        with pytest.raises(NotAllowedError):
            agreement.hand_agreement(project=one.project, user=user, now=one.now)
    agreement.hand_agreement(project=one.project, user=one.lead, now=one.now)
    with pytest.raises(NotAllowedError):
        save(one, goals="Something else")
    first = one.project.plan_hash
    agreement.return_agreement(project=one.project, reason="Say how", user=one.world.office, now=one.now)
    save(one, goals="A gap, seen in two samples")
    agreement.hand_agreement(project=one.project, user=one.lead, now=one.now)
    digest = one.project.plan_hash
    sign = {"project": one.project, "now": one.now}
    with pytest.raises(NotAllowedError):  # the institution comes first
        agreement.countersign(**sign, seen_hash=digest, user=one.world.officer)
    with pytest.raises(StaleError):  # a text of before it was returned
        agreement.endorse_agreement(**sign, seen_hash=first, user=one.world.office)
    Project.objects.filter(pk=one.project.pk).update(plan={"goals": "Behind our back"})
    with pytest.raises(StaleError):
        agreement.endorse_agreement(project=one.project, seen_hash=digest, user=one.world.office, now=one.now)
    Project.objects.filter(pk=one.project.pk).update(plan=sign["project"].plan)
    agreement.endorse_agreement(
        project=one.project, seen_hash=one.project.plan_hash, user=one.world.office, now=one.now
    )
    agreement.countersign(project=one.project, seen_hash=one.project.plan_hash, user=one.world.officer, now=one.now)
    signed = [
        e.data["content"] for e in history("project", one.project.pk) if e.act.endswith(("endorse", "countersign"))
    ]
    assert signed == [digest, digest]
    assert Letter.objects.filter(template="agreement_to_sign", recipient=one.world.office).count() == 2


def test_an_agreement_changed_elsewhere_is_not_overwritten(award: Make) -> None:
    one = award("talent")
    save(one, goals="First")
    with pytest.raises(StaleError):
        agreement.save_agreement(project=one.project, values={"goals": "Second"}, user=one.lead, version=0)


@pytest.mark.parametrize(
    ("type_id", "months", "reports"),
    [
        ("stable-support", 60, ["yearly"] * 4 + ["final"]),
        ("young-lump-sum", 36, ["final"]),
        ("challenge", 6, ["final"]),
        ("horse-race", 24, ["gate_note", "final"]),
        ("facility-time", 1, ["experiment"]),
    ],
)
def test_nothing_more_is_asked_than_the_type_says(award: Make, type_id: str, months: int, reports: list[str]) -> None:
    one = award(type_id)
    one.signed()
    assert one.project.months == months
    assert [report.plan_id for report in one.project.reports.all()] == reports
    assert [gate.plan_id for gate in one.project.gates.all()] == [gate.id for gate in one.programme.project.gates]
    assert one.programme.project.report(reports[0]).max_pages == {"stable-support": 1}.get(
        type_id, one.programme.project.report(reports[0]).max_pages
    )
