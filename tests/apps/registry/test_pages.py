"""People, organisations and works: everybody reads, each keeps the own entry."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.registry.domain import fingerprint
from yuantou.apps.registry.models import Affiliation, Authorship, Person, Work

pytestmark = pytest.mark.database


def as_(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def work(world: World) -> Work:
    found = Work.objects.create(title="On springs", year=2024, venue="Journal of Sources", doi="10.5555/1")
    Authorship.objects.create(work=found, person=world.applicant.person, name="A. Applicant", position=1)
    Authorship.objects.create(work=found, name="B. Somebody", position=2)
    return found


def test_a_person_is_read_with_names_institutions_and_works(world: World, work: Work) -> None:
    client = as_(world.stranger)
    page = client.get(reverse("registry:person", args=[world.applicant.person_id])).text
    assert "On springs" in page
    assert "B. Somebody" in page
    assert world.applicant.email not in page
    assert client.get(reverse("registry:work", args=[work.pk])).status_code == 200
    assert client.get(reverse("registry:organisation", args=[world.university.pk])).status_code == 200


@pytest.mark.parametrize("name", ["registry:people", "registry:organisations", "registry:edit"])
def test_visitors_are_asked_to_sign_in(db: None, name: str) -> None:
    assert Client().get(reverse(name)).status_code == 302


def test_names_are_found_in_either_script(world: World) -> None:
    client = as_(world.stranger)
    assert "Yunze University" in client.get(reverse("registry:organisations"), {"q": "云泽"}).text
    assert "Nobody of this name" in client.get(reverse("registry:people"), {"q": "不存在"}).text


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_a_constant_number_of_questions(world: World, rows: int, django_assert_num_queries: object) -> None:
    for number in range(rows * 10):
        world.user(f"more{number}", world.university)
    client = as_(world.stranger)
    client.get(reverse("registry:people"))
    with django_assert_num_queries(7):  # type: ignore[operator]
        client.get(reverse("registry:people"))
    with django_assert_num_queries(6):  # type: ignore[operator]
        client.get(reverse("registry:organisations"))


def _typed(person: Person, **more: str) -> dict[str, str]:
    names = {"name_zh": person.name_zh, "name_en": person.name_en, "other_names": "", "orcid": ""}
    return names | {"version": fingerprint(person)} | more


def test_one_edits_the_own_names_in_every_script(world: World) -> None:
    person = world.applicant.person
    assert person is not None
    data = _typed(
        person, other_names="S. Qing\n\n  Shen   Qing \nS. Qing", orcid="https://orcid.org/0000-0002-1825-0097"
    )
    assert as_(world.applicant).post(reverse("registry:edit"), data).status_code == 302
    person.refresh_from_db()
    assert person.other_names == ["S. Qing", "Shen Qing"]
    assert person.orcid == "0000-0002-1825-0097"


def test_a_second_window_shows_both_texts(world: World) -> None:
    person = world.applicant.person
    assert person is not None
    client, data = as_(world.applicant), _typed(person, name_en="Mine")
    Person.objects.filter(pk=person.pk).update(name_en="Theirs")
    answer = client.post(reverse("registry:edit"), data)
    assert answer.status_code == 409
    assert "Mine" in answer.text
    assert "Theirs" in answer.text
    person.refresh_from_db()
    assert person.name_en == "Theirs"


def test_an_orcid_of_somebody_else_is_refused(world: World) -> None:
    Person.objects.filter(pk=world.member.person_id).update(orcid="0000-0002-1825-0097")
    person = world.applicant.person
    assert person is not None
    answer = as_(world.applicant).post(reverse("registry:edit"), _typed(person, orcid="0000000218250097"))
    assert "belongs to another person" in answer.text


def test_stays_are_added_and_ended_but_never_removed(world: World) -> None:
    client = as_(world.applicant)
    address = reverse("registry:add_affiliation")
    wrong = {"organisation": "Yunze", "role": "", "start": "2025-02-01", "end": "2024-01-01"}
    page = client.post(address, wrong).text
    assert "Which one do you mean?" in page
    assert "The end lies before the beginning" in page
    assert client.post(address, wrong | {"organisation": "海川研究所", "end": ""}).status_code == 302
    stay = Affiliation.objects.get(person=world.applicant.person, organisation=world.institute)
    change = reverse("registry:affiliation", args=[stay.pk])
    assert client.post(change, {"role": "Fellow", "start": "2025-02-01", "end": "2026-01-31"}).status_code == 302
    stay.refresh_from_db()
    assert str(stay.end) == "2026-01-31"
    assert as_(world.stranger).get(change).status_code == 404
