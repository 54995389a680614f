"""The named recommendation: asked for by address, signed for exactly what was read, sealed with the proposal."""

import pytest

from tests.apps.conftest import World
from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.audit.facade import history
from yuantou.apps.proposals import domain, signed
from yuantou.apps.proposals.answers import for_roles
from yuantou.apps.proposals.holders import solving_holders
from yuantou.apps.proposals.models import Proposal, Statement
from yuantou.apps.proposals.statements import seen_now
from yuantou.apps.registry.models import Authorship, Work
from yuantou.apps.workflow.models import Letter, ProgrammeTypeVersion
from yuantou.engines.workflow import Holder, broken
from yuantou.kernel.errors import InputError, NotAllowedError, StaleError

pytestmark = pytest.mark.django_db
FIELD = "recommendation"
CLAIM = {"title_zh": "室温", "title_en": "Room temperature", "claim": "It superconducts.", "test": "No Meissner effect"}


@pytest.fixture
def champion(world: World) -> User:
    return world.user("champion", world.institute)


@pytest.fixture
def draft(world: World) -> Proposal:
    world.call.programme_type = ProgrammeTypeVersion.objects.get(type_id="non-consensus")
    world.call.save()
    made = domain.start_proposal(call=world.call, user=world.applicant, now=world.now)
    return write(world, made, CLAIM)


def write(world: World, proposal: Proposal, posted: dict[str, str]) -> Proposal:
    fresh = Proposal.objects.get(pk=proposal.pk)
    user, version = world.applicant, fresh.version
    return domain.save_answers(proposal=fresh, posted=posted, user=user, now=world.now, version=version)


def ask(world: World, draft: Proposal, email: str) -> Statement:
    fresh = Proposal.objects.get(pk=draft.pk)
    return signed.ask_statement(proposal=fresh, field=FIELD, email=email, user=world.applicant, now=world.now)


def sign(world: World, asked: Statement, user: User, text: str = "Worth trying.", seen: str = "") -> None:
    seen = seen or seen_now(Proposal.objects.get(pk=asked.proposal_id), FIELD)
    signed.sign_statement(statement=asked, text=text, seen_hash=seen, user=user, now=world.now)


def missing(draft: Proposal) -> set[str]:
    return {finding.key for finding in domain.missing_of(Proposal.objects.get(pk=draft.pk))}


def test_no_applicant_writes_the_own_recommendation(world: World, draft: Proposal, as_) -> None:
    write(world, draft, {FIELD: "I am excellent."})
    assert FIELD not in Proposal.objects.get(pk=draft.pk).answers
    assert FIELD in missing(draft)
    page = as_(world.applicant).get(f"/proposals/{draft.pk}/edit/").text
    assert f'name="{FIELD}"' not in page
    assert f"/statement/{FIELD}/ask/" in page
    with pytest.raises(InputError):
        ask(world, draft, world.applicant.email)


def test_a_champion_reads_writes_and_signs_in_the_browser(world: World, draft: Proposal, champion: User, as_) -> None:
    as_(world.applicant).post(f"/proposals/{draft.pk}/statement/{FIELD}/ask/", {"email": champion.email.upper()})
    asked = Statement.objects.get()
    url = f"/proposals/statement/{asked.pk}/"
    assert Letter.objects.get().address == champion.email
    assert url in Letter.objects.get().body
    page = as_(champion).get(url).text
    assert "It superconducts." in page
    for other in (world.stranger, world.officer, world.applicant):
        assert as_(other).get(url).status_code == 404
        assert as_(other).post(url, {"text": "x", "seen_hash": seen_now(draft, FIELD)}).status_code == 404
    empty = as_(champion).post(url, {"text": " ", "seen_hash": seen_now(draft, FIELD), "answer": "sign"})
    assert empty.status_code == 400
    answer = as_(champion).post(url, {"text": "Worth it.", "seen_hash": seen_now(draft, FIELD), "answer": "sign"})
    assert answer.status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.person, "Champion" in asked.signed_as) == ("signed", champion.person, True)
    entry = history("proposal", draft.pk)[-1]
    assert (entry.act, entry.data["seen"]) == ("statement.sign", seen_now(draft, FIELD))
    assert FIELD not in missing(draft)
    assert "Worth it." in as_(world.applicant).get(f"/proposals/{draft.pk}/edit/").text


def test_a_signature_holds_only_for_what_was_read(world: World, draft: Proposal, champion: User, as_) -> None:
    asked = ask(world, draft, champion.email)
    old = seen_now(draft, FIELD)
    changed = write(world, draft, {"claim": "It superconducts at 400 K."})
    with pytest.raises(StaleError):
        sign(world, asked, champion, seen=old)
    typed = as_(champion).post(f"/proposals/statement/{asked.pk}/", {"text": "Kept text", "seen_hash": old})
    assert (typed.status_code, "Kept text" in typed.text) == (409, True)
    sign(world, asked, champion)
    assert FIELD not in missing(draft)
    write(world, changed, {"risk_of_other_section": "x", "public_summary_zh": "科普"})
    assert FIELD not in missing(draft)
    write(world, changed, {"claim": "It superconducts at 500 K."})
    assert FIELD in missing(draft)
    before = Letter.objects.count()
    again = ask(world, draft, champion.email)
    assert (again.pk, again.text, Letter.objects.count()) == (asked.pk, "Worth trying.", before + 1)
    sign(world, again, champion)
    assert FIELD not in missing(draft)


def test_who_stands_behind_or_handles_the_proposal_cannot_vouch_for_it(world: World, draft: Proposal) -> None:
    colleague = world.user("colleague", world.university)
    handling = world.user("handling", world.institute)
    RoleGrant.objects.create(user=handling, role="officer", organisation=world.agency)
    for user in (colleague, handling):
        with pytest.raises(NotAllowedError):
            sign(world, ask(world, draft, user.email), user)
    assert FIELD in missing(draft)


def test_a_champion_neither_speaks_against_nor_judges(world: World, draft: Proposal, champion: User) -> None:
    sign(world, ask(world, draft, champion.email), champion)
    held = solving_holders(draft)
    for role, apart in (("con_expert", True), ("reviewer", True), ("pro_expert", False)):
        asked = Holder(role, champion.person_id, frozenset())
        assert bool(broken(draft.programme, held, by=asked)) is apart


def test_the_signed_text_is_sealed_and_another_is_asked_instead(world: World, draft: Proposal, champion: User) -> None:
    found = {finding.key for finding in domain.missing_of(draft)}
    write(world, draft, {key: "on" if key in {"pledge", "refused_before"} else "5" for key in found | {"refusals"}})
    whole = {"discipline": "A01", "requested": "500000", "months": "24", "pledge": "on"}
    draft = write(world, draft, whole)
    sign(world, ask(world, draft, champion.email), champion)
    second = world.user("second", world.institute)
    asked = ask(world, draft, second.email)
    assert Statement.objects.get() == asked
    signed.refuse_statement(statement=asked, user=second, now=world.now)
    assert FIELD in missing(draft)
    sign(world, asked, second, text="I would try it.")
    assert [finding.key for finding in domain.missing_of(draft)] == []
    receipt = domain.submit_proposal(proposal=draft, user=world.applicant, now=world.now, version=draft.version)
    assert receipt.answers[FIELD].startswith("I would try it.\n\nsecond Second (海川研究所")
    assert domain.seal_holds(receipt)
    with pytest.raises(NotAllowedError):
        sign(world, asked, second, text="Changed my mind.")


def test_a_question_is_asked_only_beside_its_answer(world: World, draft: Proposal, as_) -> None:
    assert "refusals" not in missing(draft)
    draft = write(world, draft, {"refused_before": "on"})
    assert "refusals" in missing(draft)
    write(world, draft, {"refusals": "Elsewhere, too early."})
    draft = write(world, draft, {"refused_before": ""})
    assert draft.answers["refusals"] == "Elsewhere, too early."  # nothing typed is lost
    assert "refusals" not in for_roles(draft.programme, draft.answers, {"reviewer"})  # but nobody reads it
    assert (
        'data-when="refused_before" data-when-is="yes"' in as_(world.applicant).get(f"/proposals/{draft.pk}/edit/").text
    )


def test_a_draft_begins_with_what_the_record_knows(world: World) -> None:
    world.call.programme_type = ProgrammeTypeVersion.objects.get(type_id="non-consensus")
    world.call.save()
    person = world.applicant.person
    person.orcid = "0000-0002-1825-0097"
    person.save()
    work = Work.objects.create(title="Gaps", year=2025)
    Authorship.objects.create(work=work, person=person, name="A", position=1)
    world.proposal(
        answers={"background": "Vortices", "claim": "Old"}, submitted_at=world.now, state="declined", number="1"
    )
    draft = domain.start_proposal(call=world.call, user=world.applicant, now=world.now)
    assert draft.answers == {"orcid": "0000-0002-1825-0097", "works": "1. Gaps (2025)", "background": "Vortices"}
    assert all(field.identifies for field in draft.programme.fields if field.prefill)
