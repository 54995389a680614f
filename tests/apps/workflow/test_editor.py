"""Officers write a new version of a kind of call in the browser; a second person publishes it."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.audit.facade import history
from yuantou.apps.workflow import editor
from yuantou.apps.workflow.models import ProgrammeTypeVersion, TypeDraft
from yuantou.kernel.errors import NotAllowedError, StaleError


@pytest.fixture
def second(world: World) -> User:
    """Another officer of the agency."""
    user = world.user("second", world.agency)
    RoleGrant.objects.create(user=user, role="officer", organisation=world.agency)
    return user


@pytest.fixture
def draft(world: World) -> TypeDraft:
    """A new version of the talent programme, just begun."""
    base = ProgrammeTypeVersion.objects.get(type_id="talent")
    return editor.start_draft(base=base, user=world.officer, now=world.now)


def as_(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def saved(draft: TypeDraft, change: tuple[str, str], user: User, now: dt.datetime) -> TypeDraft:
    assert change[0] in draft.source
    text = draft.source.replace(*change, 1)
    return editor.save_draft(draft=draft, source=text, user=user, now=now, version=draft.version)


def test_from_first_word_to_publication_by_a_second_person(world: World, second: User) -> None:
    base = ProgrammeTypeVersion.objects.get(type_id="talent")
    running = world.call
    running.programme_type = base
    running.save()
    author, other = as_(world.officer), as_(second)
    address = author.post(reverse("workflow:start_draft", args=["talent", base.version]))["Location"]
    draft = TypeDraft.objects.get()
    page = author.get(address).text
    assert f"version = {base.version + 1}" in page
    assert "Sound:" in page

    values = {"name_zh": "人才项目", "name_en": "Talent “two”", "review_count": "7", "review_days": "30"}
    old = {"summary_zh": "甲", "summary_en": 'B "quoted"', "budget_floor": "1", "budget_ceiling": "900000"}
    answer = author.post(address, {**values, **old, "review_max_load": "8", "version": draft.version})
    assert answer.status_code == 302
    draft.refresh_from_db()
    programme, problems = editor.examine(draft)
    assert not problems
    assert programme is not None
    assert (programme.review.count, programme.name.en, programme.budget.ceiling) == (7, "Talent “two”", 900000)
    assert programme.summary.en == 'B "quoted"'
    page = author.get(address).text
    assert "<del>5</del>" in page
    assert "<ins>7</ins>" in page
    assert author.get(reverse("workflow:try", args=[draft.pk])).text.count('<svg class="graph"') >= 4

    assert author.post(reverse("workflow:act", args=[draft.pk, "propose"])).status_code == 302
    draft.refresh_from_db()
    digest = editor.text_hash(draft)
    own = author.post(reverse("workflow:act", args=[draft.pk, "approve"]), {"hash": digest})
    assert own.status_code == 403
    assert other.get(reverse("workflow:drafts")).text.count("Waiting for a second person") == 1
    assert digest in other.get(address).text
    assert other.post(reverse("workflow:act", args=[draft.pk, "approve"]), {"hash": "0" * 64}).status_code == 409
    assert other.post(reverse("workflow:act", args=[draft.pk, "approve"]), {"hash": digest}).status_code == 302

    new = ProgrammeTypeVersion.objects.get(type_id="talent", version=base.version + 1)
    assert new.programme.review.count == 7
    running.refresh_from_db()
    assert running.programme.review.count == 5
    compared = Client().get(reverse("workflow:compare", args=["talent", base.version, new.version]))
    assert "<ins>7</ins>" in compared.content.decode()
    assert [event.act for event in history("programme_type", str(new))] == ["programme_type.publish"]
    acts = [event.act for event in history("type_draft", draft.pk)]
    assert acts == ["type_draft.start", "type_draft.save", "type_draft.propose", "type_draft.approve"]


@pytest.mark.parametrize("who", ["applicant", "office", "reviewer", "signatory", None])
def test_nobody_but_officers_sees_a_draft(world: World, draft: TypeDraft, who: str | None) -> None:
    client = as_(getattr(world, who)) if who else Client()
    expected = 404 if who else 302
    for name, arguments in (("drafts", []), ("draft", [draft.pk]), ("try", [draft.pk])):
        assert client.get(reverse(f"workflow:{name}", args=arguments)).status_code == expected
    assert client.post(reverse("workflow:act", args=[draft.pk, "approve"])).status_code == expected
    if who:
        assert client.post(reverse("workflow:start_draft", args=["talent", 3])).status_code == 404


def test_errors_name_the_line_and_the_remedy_and_keep_the_draft_from_being_handed_in(
    world: World, draft: TypeDraft
) -> None:
    client = as_(world.officer)
    text = draft.source.replace("weight = 0.5", "weight = 0.9")
    client.post(reverse("workflow:draft", args=[draft.pk]), {"source": text, "version": draft.version})
    page = client.get(reverse("workflow:draft", args=[draft.pk])).text
    line = next(n for n, written in enumerate(text.splitlines(), 1) if "criterion" in written)
    assert f"talent.toml, line {line + 1}" in page
    assert "Adjust the weights." in page
    assert client.post(reverse("workflow:act", args=[draft.pk, "propose"])).status_code == 403
    broken = text.replace("[review]", "[review")
    version = TypeDraft.objects.get().version
    answer = client.post(reverse("workflow:draft", args=[draft.pk]), {"source": broken, "version": version})
    assert answer.status_code == 302
    assert "cannot be read" in client.get(reverse("workflow:draft", args=[draft.pk])).text


@pytest.mark.parametrize(
    ("change", "where"), [(('id = "talent"', 'id = "talents"'), "id"), (("version = ", "version = 9"), "version")]
)
def test_a_new_version_keeps_its_id_and_takes_the_next_number(
    world: World, draft: TypeDraft, change: tuple[str, str], where: str
) -> None:
    changed = saved(draft, change, world.officer, world.now)
    assert [problem.place.column for problem in editor.examine(changed)[1]] == [where]


def test_two_windows_cannot_overwrite_one_another(world: World, draft: TypeDraft) -> None:
    client, address = as_(world.officer), reverse("workflow:draft", args=[draft.pk])
    first, second = draft.source.replace("days = 28", "days = 21"), draft.source.replace("days = 28", "days = 14")
    assert client.post(address, {"source": first, "version": draft.version}).status_code == 302
    stale = client.post(address, {"source": second, "version": draft.version})
    assert stale.status_code == 409
    assert "days = 21" in stale.text
    assert "days = 14" in stale.text
    assert "days = 21" in TypeDraft.objects.get().source


def test_handing_in_can_be_undone_until_somebody_approved(world: World, second: User, draft: TypeDraft) -> None:
    editor.propose_draft(draft=draft, user=world.officer, now=world.now)
    with pytest.raises(NotAllowedError):
        editor.save_draft(draft=draft, source="x", user=world.officer, now=world.now, version=draft.version)
    editor.take_back(draft=draft, user=world.officer, now=world.now)
    editor.propose_draft(draft=draft, user=world.officer, now=world.now)
    editor.return_draft(draft=draft, reason="The ceiling is too high.", user=second, now=world.now)
    draft.refresh_from_db()
    assert (draft.state, draft.remark) == ("draft", "The ceiling is too high.")
    editor.propose_draft(draft=draft, user=world.officer, now=world.now)
    digest = editor.text_hash(draft)
    editor.approve_draft(draft=draft, seen_hash=digest, user=second, now=world.now)
    draft.refresh_from_db()
    with pytest.raises(NotAllowedError):
        editor.take_back(draft=draft, user=world.officer, now=world.now)


def test_two_drafts_of_one_type_cannot_both_become_the_same_version(
    world: World, second: User, draft: TypeDraft
) -> None:
    rival = editor.start_draft(base=draft.base, user=second, now=world.now)
    assert rival.pk != draft.pk
    for row, by in ((draft, world.officer), (rival, second)):
        editor.propose_draft(draft=row, user=by, now=world.now)
    editor.approve_draft(draft=draft, seen_hash=editor.text_hash(draft), user=second, now=world.now)
    with pytest.raises(NotAllowedError):
        editor.approve_draft(draft=rival, seen_hash=editor.text_hash(rival), user=world.officer, now=world.now)


def test_what_was_approved_is_what_was_read(world: World, second: User, draft: TypeDraft) -> None:
    editor.propose_draft(draft=draft, user=world.officer, now=world.now)
    seen = editor.text_hash(draft)
    TypeDraft.objects.filter(pk=draft.pk).update(source=draft.source.replace("days = 28", "days = 1"))
    with pytest.raises(StaleError):
        editor.approve_draft(draft=draft, seen_hash=seen, user=second, now=world.now)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_drafts_asks_a_constant_number_of_questions(
    world: World, second: User, draft: TypeDraft, count: int, django_assert_max_num_queries: Callable
) -> None:
    for type_id in ("challenge", "strategic")[: count - 1]:
        base = ProgrammeTypeVersion.objects.get(type_id=type_id)
        editor.start_draft(base=base, user=world.officer, now=world.now)
    client = as_(second)
    with django_assert_max_num_queries(9):
        client.get(reverse("workflow:drafts"))
