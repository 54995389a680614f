"""States by meaning: code asks what a state stands for (``is = [...]`` in the kind), never what it is called.

A model declares the kind of its record and the meanings that code asks for, with its ``StateField``. A state id keeps
its meanings over all kinds and versions (a kind that says otherwise is refused), so one list serves every query.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import models
from django.db.models.lookups import In

from yuantou.engines.workflow import Machine, ProgrammeType, Register, State
from yuantou.engines.workflow.editing import DRAFT

_declared: dict[str, frozenset[str]] = {}
_learned: dict[str, dict[str, frozenset[str]]] = {}


class StateField(models.CharField):
    """The state of a record of a kind, which begins where its kind says.

    Parameters
    ----------
    record:
        The kind of record, as machines and visibility rules name it.
    means:
        The meanings that code asks for. Every kind must give each to a state.
    """

    def __init__(self, *args: Any, record: str = "", means: tuple[str, ...] = (), **options: Any) -> None:
        super().__init__(*args, **{"max_length": 20, **options})
        self.record = record
        if record:
            _declared[record] = frozenset(means)

    def deconstruct(self) -> Any:
        """Migrations know a column of text: kinds change without them."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """Give a new record the state with which its kind begins."""
        if not getattr(model_instance, self.attname):
            setattr(model_instance, self.attname, model_instance.programme.machine(self.record).initial)
        return super().pre_save(model_instance, add)


@StateField.register_lookup
class Means(In):
    """Filters by meaning: ``filter(state__means="live")``, ``filter(call__state__means=["received", "reviewing"])``."""

    lookup_name = "means"

    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(lhs, tagged(lhs.output_field.record, *([rhs] if isinstance(rhs, str) else rhs)))


class Standing:
    """What a state means: ``record.is_now.editable``."""

    def __init__(self, record: str, state: str) -> None:
        self._record, self._state = record, state

    def __getattr__(self, meaning: str) -> bool:
        if meaning.startswith("_") or meaning not in _declared[self._record]:
            raise AttributeError(f"no code declared that a {self._record} can be “{meaning}”")
        return meaning in meanings_of(self._record).get(self._state, ())


class Stateful(models.Model):
    """A record whose kind names its states and what they mean."""

    state: Any
    version: Any

    class Meta:
        abstract = True

    @property
    def programme(self) -> Any:
        """The kind, in the version that the record keeps."""
        raise NotImplementedError

    @property
    def is_now(self) -> Standing:
        """What the state means."""
        return Standing(kind_of(self), self.state)

    @property
    def now_in(self) -> State:
        """The state as the kind names it."""
        state: State = self.programme.machine(kind_of(self)).state(self.state)
        return state


def kind_of(record: Any) -> str:
    """Return the kind of a record: the name of its machine."""
    kind: str = record._meta.get_field("state").record
    return kind


def tagged(record: str, *meanings: str) -> list[str]:
    """Return the states of a kind of record that have any of some meanings: what lists filter by.

    Raises
    ------
    KeyError
        If no code declared such a meaning.
    """
    if strange := set(meanings) - _declared[record]:
        raise KeyError(f"no code declared that a {record} can be {sorted(strange)}")
    return sorted(state for state, held in meanings_of(record).items() if held & set(meanings))


def means(record: str, state: str, *meanings: str) -> bool:
    """Tell whether a state of a kind of record, of which no instance is at hand, has any of some meanings."""
    return state in tagged(record, *meanings)


def counted(counts: Mapping[str, int], record: str, *meanings: str) -> int:
    """Return how many of the records that were counted by state have any of some meanings."""
    return sum(counts.get(state, 0) for state in tagged(record, *meanings))


def declared_meanings() -> Mapping[str, frozenset[str]]:
    """Return the meanings that code asks for, by kind of record."""
    return _declared


def meanings_of(record: str) -> Mapping[str, frozenset[str]]:
    """Return the meanings of every known state of a kind of record, in what is shipped and what was published."""
    return _learned.get(record) or shipped_meanings().get(record, {})


def learn(kind: ProgrammeType | Register) -> None:
    """Take in the states of a kind that was read: one that was published may have states of its own."""
    for record, machine in kind.machines.items():
        known = meanings_of(record)
        fresh = {state.id: state.tags for state in machine.states if state.id not in known}
        if fresh:
            _learned[record] = {**known, **fresh}


@cache
def shipped_meanings() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return the meanings of the states in the shipped kinds, by record and state."""
    found: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for text in _shipped_texts():
        for record, machine in tomllib.loads(text).get("machine", {}).items():
            found[record] |= {state["id"]: frozenset(state.get("is", ())) for state in machine["state"]}
    found[DRAFT.record] |= {state.id: state.tags for state in DRAFT.states}
    return found


def _shipped_texts() -> Iterator[str]:
    for folder in ("programme_types", "registers"):
        for item in (files("yuantou") / folder).iterdir():
            if item.name.endswith(".toml"):
                yield item.read_text("utf-8")


def machine_of(record: Any) -> Machine:
    """Return the machine of a record, in the version of its kind that it keeps."""
    machine: Machine = record.programme.machine(kind_of(record))
    return machine
