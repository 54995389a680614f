"""Every key and every value of every shipped kind is turned to nonsense, one at a time: refused, or free text."""

import copy
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.engines.workflow.test_loader import TYPES
from yuantou.apps.workflow.vocabulary import vocabulary
from yuantou.engines.workflow.keys import CALL, REGISTER, Each, Either, Id, Named, Row, Words
from yuantou.engines.workflow.loader import _merge, read_table
from yuantou.engines.workflow.register import read_register
from yuantou.kernel.errors import InputError

REGISTERS = Path(str(files("yuantou"))) / "registers"
PARENTS = {path.stem.lstrip("_"): tomllib.loads(path.read_text("utf-8")) for path in TYPES.glob("_*.toml")}
KINDS = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(TYPES.glob("[!_]*.toml"))}
FILES = ["_facts", "_standard", *KINDS, *(path.stem for path in sorted(REGISTERS.glob("*.toml")))]
SAMPLE = 120
"""How many turns of each file the default suite tries."""


@dataclass(frozen=True)
class Turn:
    """One key or value of a file, and what the table of keys says it is."""

    path: tuple[str | int, ...]
    of_key: bool
    shape: Any
    own: bool = False
    """A letter that is sent on an event: no step names it, so its name is the file's own."""

    @property
    def may_stand(self) -> bool:
        """Free text, and the name that a file gives to something of its own, may be any text."""
        if self.of_key:
            return self.own or (len(self.path) == 3 and self.path[0] == "library")  # the library has names of its own
        return isinstance(self.shape, Words | Id)


def turns(value: Any, shape: Any, path: tuple[str | int, ...] = ()) -> Iterator[Turn]:
    """Yield every key and every value below a table."""
    if isinstance(shape, Either):
        shape = shape.rows if isinstance(value, list) else shape.name
    if isinstance(shape, Row | Named):
        for key, part in value.items():
            inner = shape.keys[key] if isinstance(shape, Row) else shape.of
            yield Turn((*path, key), True, inner, path == ("letter",) and "on" in part)
            yield from turns(part, inner, (*path, key))
    elif isinstance(shape, Each):
        for place, part in enumerate(value):
            yield from turns(part, shape.of, (*path, place))
    else:
        yield Turn(path, False, shape)


def turned(table: dict[str, Any], turn: Turn) -> dict[str, Any]:
    """Return a copy of a table with one key or value turned to nonsense."""
    changed = copy.deepcopy(table)
    *above, last = turn.path
    place: Any = changed
    for step in above:
        place = place[step]
    if turn.of_key:
        place["zzz"] = place.pop(last)
    else:
        place[last] = "zzz" if isinstance(place[last], str) else ["zzz"]
    return changed


def whole(source: dict[str, Any], parents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Merge a type with those it extends."""
    table = dict(source)
    parent = table.pop("extends", None)
    if parent is None:
        return table
    if parent not in parents:
        raise InputError.__new__(InputError)
    return _merge(whole(parents[parent], parents), table)


def refused(name: str, table: dict[str, Any]) -> bool:
    """Tell whether a changed file is refused: itself, or by a type that extends it."""
    known = vocabulary()
    try:
        if (REGISTERS / f"{name}.toml").exists():
            read_register(table, "", name=name, known=known)
            return False
        changed = {**PARENTS, name.lstrip("_"): table} if name.startswith("_") else PARENTS
        for kind, source in KINDS.items() if name.startswith("_") else [(name, table)]:
            read_table(whole(source, changed), texts=[(kind, "")], known=known)
    except InputError:
        return True
    return False


def file_of(name: str) -> dict[str, Any]:
    if name.startswith("_"):
        return PARENTS[name.lstrip("_")]
    return KINDS.get(name) or tomllib.loads((REGISTERS / f"{name}.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_nonsense_is_refused_or_is_free_text(name: str, request: pytest.FixtureRequest, record_property: Any) -> None:
    table = file_of(name)
    assert not refused(name, table)
    every = list(turns(table, REGISTER if (REGISTERS / f"{name}.toml").exists() else CALL))
    if not request.config.getoption("--deep"):
        seed = request.config.getoption("randomly_seed")
        every = random.Random(f"{seed} {name}").sample(every, min(SAMPLE, len(every)))
    passed = [turn.path for turn in every if not turn.may_stand and not refused(name, turned(table, turn))]
    record_property("turns", len(every))
    assert passed == []


def test_the_table_of_keys_has_no_key_that_no_shipped_kind_uses() -> None:
    used = set()
    for name in FILES:
        shape = REGISTER if (REGISTERS / f"{name}.toml").exists() else CALL
        used |= {turn.path[-1] for turn in turns(file_of(name), shape) if turn.of_key}
    tested_elsewhere = {"identity_proofs": "tests/abuse/test_impostor.py"}
    assert _keys(CALL) - used == set(tested_elsewhere)
    root = Path(__file__).parents[3]
    assert all(key in (root / path).read_text("utf-8") for key, path in tested_elsewhere.items())


def _keys(shape: Any) -> set[str]:
    if isinstance(shape, Row):
        return set(shape.keys) | {key for inner in shape.keys.values() for key in _keys(inner)}
    if isinstance(shape, Each | Named):
        return _keys(shape.of)
    return _keys(shape.rows) if isinstance(shape, Either) else set()


def test_the_page_on_kinds_names_every_key() -> None:
    page = (Path(__file__).parents[3] / "docs" / "explanation" / "kinds.md").read_text("utf-8")
    assert [key for key in sorted(_keys(CALL) | _keys(REGISTER)) if f"`{key}`" not in page] == []
