"""What a draft begins with: nobody types again what the record knows."""

from collections.abc import Callable, Mapping
from typing import Any

from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Person

WORKS = 5


def prefilled(call: Call, person: Person) -> dict[str, Any]:
    """Return the answers that a draft begins with, as the form of the type asks for them."""
    found: dict[str, Any] = {}
    earlier: dict[str, Any] | None = None
    for field in call.programme.fields:
        if field.prefill == "earlier":
            earlier = _earlier(person) if earlier is None else earlier
            found |= {key: earlier[key] for key in field.keys if earlier.get(key)}
        elif field.prefill and (text := _FROM_RECORD[field.prefill](person)):
            found[field.id] = text
    return found


def _works(person: Person) -> str:
    latest = person.authorships.select_related("work").order_by("-work__year", "work__title")[:WORKS]
    return "\n".join(f"{n}. {a.work.title} ({a.work.year or '—'})" for n, a in enumerate(latest, 1))


def _earlier(person: Person) -> dict[str, Any]:
    """Return the answers of the person's latest proposal that was handed in."""
    rows = Proposal.objects.filter(applicant=person, submitted_at__isnull=False).order_by("-submitted_at")
    return rows.values_list("answers", flat=True).first() or {}


_FROM_RECORD: Mapping[str, Callable[[Person], str]] = {"works": _works, "orcid": lambda person: person.orcid or ""}
