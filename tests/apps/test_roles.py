"""Roles are said once: one record, lists and letters read the same."""

from typing import Any

import pytest
from django.db.models import Model, Q

from tests.apps.agreement import account, agree, differences, some
from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.workflow.roles import NONE, Source, declared, names_of, people_of
from yuantou.web.demonstration import DOMAIN, load_demonstration

pytestmark = pytest.mark.django_db
NAMES = ("officer", "office", "signatory", "applicant", "reviewer", "lead", "integrity")


@pytest.mark.deep
def test_all_that_the_demonstration_holds_reads_the_same() -> None:
    load_demonstration()
    users = list(User.objects.filter(email__in=[f"{name}@{DOMAIN}" for name in NAMES]).order_by("pk"))
    had: set[tuple[type[Model], str]] = set()
    for model in declared():
        for record in some(model, 2):
            for name in names_of(model):
                one = next(filter(None, map(account, people_of(record, name))), None)
                if one is not None and (model, name) not in had and len(users) < 20:
                    had.add((model, name))
                    users.append(User.objects.get(pk=one.pk))
    tried = agree(users, few=20)
    assert len({role for roles in tried.values() for role in roles}) > 12


class Wrong(Source):
    """Says one thing of a record and another of lists."""

    names = ("king",)

    def held(self, user: Any, record: Any) -> set[str]:
        return {"king"}

    def rows(self, user: Any) -> dict[str, Q]:
        return {"king": NONE}


def test_a_source_that_disagrees_with_itself_would_be_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call = world.call
    assert not differences(type(call), [call], world.officer)
    monkeypatch.setitem(declared(), type(call), ([Wrong()],))
    assert differences(type(call), [call], world.officer)
