"""Facts of records, worked out here and nowhere else: what opens an act, and what a page says of one that is closed.

An app provides a fact for its kind of record with ``provides``; the kind declares the words, or an expression instead.
``change_state`` and the pages ask the same ``Facts``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import models

from yuantou.apps.workflow.access import roles_of
from yuantou.apps.workflow.states import kind_of, machine_of
from yuantou.apps.workflow.vocabulary import knows
from yuantou.engines.workflow import Act, Lacking, acts

SYSTEM: Final = "system"
ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Case:
    """What a fact is asked about: a record, who acts and when, and what is being posted (empty on a page)."""

    record: Any
    user: Any
    now: datetime
    given: Mapping[str, Any] = field(default_factory=dict)


Provider = Callable[[Case], bool | Lacking]
_providers: dict[tuple[str, str], Provider] = {}
_posted: dict[str, frozenset[str]] = {}


def provides(fact: str, *records: str) -> Callable[[Provider], Provider]:
    """Register the function that works a fact out for some kinds of record.

    A later app may provide a fact for an earlier app's record.
    """

    def register(provider: Provider) -> Provider:
        for record in records:
            if (record, fact) in _providers:
                raise ValueError(f"{record}.{fact} has a provider already")
            _providers[record, fact] = provider
            knows(f"fact:{record}", fact)
        return provider

    return register


def posts(record: str, *keys: str) -> None:
    """Declare what may be posted with an act of a record: the ``given.KEY`` of its facts."""
    _posted[record] = _posted.get(record, frozenset()) | frozenset(keys)
    knows(f"given:{record}", *keys)


class Facts(Mapping[str, "bool | Lacking"]):
    """The facts of one case by name, each worked out once, when it is asked for.

    A fact that neither the kind's expression nor a provider answers is not there: a guard on it stays closed.
    """

    def __init__(self, machine: Any, case: Case) -> None:
        self._machine, self._case = machine, case
        self._known: dict[str, bool | Lacking] = {}

    def __getitem__(self, fact_id: str) -> "bool | Lacking":
        if fact_id not in self._known:
            self._known[fact_id] = False  # one that asks for itself never opens
            self._known[fact_id] = self._work_out(fact_id)
        return self._known[fact_id]

    def _work_out(self, fact_id: str) -> "bool | Lacking":
        fact, case = self._machine.fact.get(fact_id), self._case
        if fact is not None and fact.when:
            answers = getattr(case.record, "answers", None)
            values = {"record": _Columns(case.record), "given": case.given, "fact": self, "answers": answers or {}}
            return fact.value(values)
        record = self._machine.record
        provider = _providers.get((record, fact_id)) or _providers.get((ANY, fact_id))
        if provider is None:
            raise KeyError(fact_id)
        return provider(case)

    def __iter__(self) -> Iterator[str]:
        return iter(self._machine.fact)

    def __len__(self) -> int:
        return len(self._machine.fact)


class _Columns(Mapping[str, Any]):
    """The columns of a record by name."""

    def __init__(self, record: models.Model) -> None:
        self._record = record

    def __getitem__(self, name: str) -> Any:
        if name not in set(self):
            raise KeyError(name)
        return getattr(self._record, name)

    def __iter__(self) -> Iterator[str]:
        return (column.attname for column in self._record._meta.concrete_fields)

    def __len__(self) -> int:
        return len(self._record._meta.concrete_fields)


def facts_of(record: Any, *, user: Any, now: datetime, given: Mapping[str, Any] | None = None) -> Facts:
    """Return the facts of a record for somebody who acts now.

    Raises
    ------
    ValueError
        If something is posted that its kind of record has no word for.
    """
    kind = kind_of(record)
    if strange := set(given or {}) - _posted.get(kind, frozenset()) - _posted.get(ANY, frozenset()):
        raise ValueError(f"{kind}: nothing was declared for what is posted as {sorted(strange)}")
    return Facts(machine_of(record), Case(record, user, now, given or {}))


def acts_of(user: Any, record: Any, *, now: datetime) -> tuple[Act, ...]:
    """Return what a person may do with a record now, each act with all that stands against it."""
    facts = facts_of(record, user=user, now=now)
    return acts(machine_of(record), state=record.state, roles=roles_of(user, record), facts=facts)
