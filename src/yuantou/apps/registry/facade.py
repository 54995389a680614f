"""What other apps may use of the registry."""

from collections.abc import Iterable
from itertools import chain

from yuantou.apps.registry.domain import add_affiliation, career_of, create_person, save_career
from yuantou.apps.registry.models import Affiliation, Organisation, Person

__all__ = ["add_affiliation", "career_of", "create_person", "houses_of", "organisation_names", "save_career"]


def organisation_names(limit: int = 1000) -> list[str]:
    """Return names in both languages to choose from while typing."""
    rows = Organisation.objects.order_by("name_zh").values_list("name_zh", "name_en")[:limit]
    return [name for name in chain.from_iterable(rows) if name]


def houses_of(people: Iterable[Person]) -> dict[str, frozenset[str]]:
    """Return the institutions each person works at now, by the person's key: those named, and those they belong to.

    Two schools of one university are one house. One query for all.
    """
    keys = [person.pk for person in people]
    found: dict[str, set[str]] = {key: set() for key in keys}
    rows = Affiliation.objects.filter(person__in=keys, end=None)
    for key, *houses in rows.values_list("person", "organisation", "organisation__parent"):
        found[key] |= {house for house in houses if house}
    return {key: frozenset(houses) for key, houses in found.items()}
