"""Every list asks the database a fixed number of questions, however long it is: measured on 6 and on 40 rows."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from yuantou.apps.accounts.models import User
from yuantou.apps.calls.models import Call
from yuantou.web.demonstration import DOMAIN, load_demonstration
from yuantou.web.scale import generate_call, generate_decided_call

# Who looks, which list, and how many questions it may ask.
OF_A_CALL = [
    ("officer", "call_room", 30),
    ("officer", "proposals:formal_check", 20),
    ("officer", "review:room", 23),  # one of them the wishes of the last run, one the agencies that nominate
    ("officer", "review:progress", 20),
    ("officer", "decisions:room", 25),
]
OF_THE_SITE = [
    ("", "home", 8),
    ("officer", "home", 45),
    ("", "calls:list", 8),
    ("officer", "calls:list", 12),
    ("office", "proposals:institution", 20),
    ("applicant", "proposals:mine", 15),
    ("reviewer", "review:mine", 15),
    ("officer", "review:experts", 12),
    ("", "decisions:awards", 15),
    ("", "decisions:awards_csv", 10),
    ("officer", "projects:desk", 18),
    ("office", "projects:institution", 18),
    ("lead", "projects:mine", 20),
    ("", "projects:everybody", 10),
    ("officer", "registry:people", 12),
    ("officer", "registry:organisations", 12),
    ("officer", "workflow:types", 12),
    ("", "audit:heads", 8),
]


def questions(role: str, address: str) -> int:
    """Return how many questions a page asks once it has been looked at before."""
    client = Client()
    if role:
        client.force_login(User.objects.get(email=f"{role}@{DOMAIN}"))
    assert client.get(address).status_code == 200, address
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get(address)
    return len(asked)


def test_every_list_asks_a_fixed_number_of_questions(db: None) -> None:
    load_demonstration()
    generate_call(6, seed=1)
    generate_decided_call(6, seed=2)
    short = {page: questions(page[0], reverse(page[1])) for page in OF_THE_SITE}
    generate_call(40, seed=3)
    generate_decided_call(40, seed=4)
    small, large = (Call.objects.filter(budget=size * 60_000) for size in (6, 40))
    for page in OF_THE_SITE:
        asked = questions(page[0], reverse(page[1]))
        assert asked <= page[2], page
        assert asked <= short[page], page
    for role, name, ceiling in OF_A_CALL:
        state = "closed" if name.startswith("proposals") else "ranked"
        counts = [questions(role, reverse(name, args=[calls.get(state=state).pk])) for calls in (small, large)]
        assert counts[0] == counts[1] <= ceiling, (name, counts)
