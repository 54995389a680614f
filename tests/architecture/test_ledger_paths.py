"""No write to a table of the apps exists without a ledger entry, unless it is listed here with its reason."""

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import yuantou

APPS = Path(yuantou.__file__).parent / "apps"
WRITES = {
    *("create", "update", "save", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"),
    *("set", "add", "remove", "clear"),
}
LEDGER = {"append", "append_many", "change_state"}
MANAGERS = {"objects", "_default_manager"}

REASONS = {
    # The ledger itself, and what it needs to be one.
    "audit.domain": "the ledger's own tables",
    "audit.drafts": "the ledger's own tables",
    "audit.stamps": "the ledger's own tables",
    "audit.migrations": "the ledger's own tables",
    # What only repeats other rows, and can be made again from them.
    "review.summaries": "summaries counted again from the assignments",
    "decisions.domain.seal": "the hash of the list, which the entry beside it names",
    "projects.calendar.renew_due": "the earliest date of what is due, found again from its rows",
    # What is nobody's act on a record.
    "jobs.domain": "progress of background work; the work itself makes its entries",
    "files.domain.store": "content by its hash; whoever attaches a file makes the entry",
    "accounts.models": "an account before it is anybody; linking it to a person makes the entry",
    "accounts.domain.keep_language": "the language a person reads in",
    "workflow.letters.send_letters": "delivery; that a letter was caused stands with the act that caused it",
    "workflow.letters._send": "delivery; that a letter was caused stands with the act that caused it",
    "workflow.once": "that a form arrived; what it did makes its entries",
    "workflow.admin.LetterAdmin.send_again": "delivery; that a letter was caused stands with the act that caused it",
    "workflow.domain.publish_programme_types": "types shipped with the software, sealed by their own hash",
    "integrity.checking.check_draft": "a look at a draft for its author alone; nothing follows from it",
    # What is empty still.
    "review.reviewer_views.assignment": "an empty sheet to write on",
}


@dataclass
class Function:
    """A function of an app: whether it writes, whom it calls."""

    name: str
    writes: list[int] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)


def functions() -> dict[str, Function]:
    """Return every function of the apps by ``app.module.name``."""
    found = {}
    for path in sorted(APPS.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        module = ".".join(path.relative_to(APPS).with_suffix("").parts)
        found |= {f"{module}.{name}": one for name, one in _of_module(ast.parse(path.read_text("utf-8"))).items()}
    return found


def _of_module(tree: ast.Module) -> dict[str, Function]:
    found: dict[str, Function] = {}
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }

    def look(node: ast.AST, inside: str, owner: Function | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                look(child, f"{inside}{child.name}.", owner)
            elif isinstance(child, ast.FunctionDef) and owner is None:
                found[inside + child.name] = one = Function(child.name)
                look(child, inside, one)
            else:
                if isinstance(child, ast.Call) and owner is not None:
                    _note(child, owner, imported)
                look(child, inside, owner)

    look(tree, "", None)
    return found


def _note(call: ast.Call, owner: Function, imported: set[str]) -> None:
    if isinstance(call.func, ast.Name):
        owner.calls.add(call.func.id)
    elif isinstance(call.func, ast.Attribute):
        if isinstance(call.func.value, ast.Name) and call.func.value.id in imported:
            owner.calls.add(call.func.attr)  # of a module; a method such as list.append is none of ours
        if call.func.attr in WRITES and _of_database(call):
            owner.writes.append(call.lineno)


def _of_database(call: ast.Call) -> bool:
    """Tell a write to a table from ``dict.update``, ``set.add``, ``hash.update``."""
    assert isinstance(call.func, ast.Attribute)
    names = {node.attr for node in ast.walk(call.func.value) if isinstance(node, ast.Attribute)}
    if names & MANAGERS or call.keywords:
        return True
    return call.func.attr in {"save", "delete"} and not call.args


def reaching(every: dict[str, Function]) -> set[str]:
    """Return the names of functions that append to the ledger, by themselves or through what they call."""
    names: set[str] = set(LEDGER)
    while True:
        more = {one.name for one in every.values() if one.calls & names} - names
        if not more:
            return names
        names |= more


def uncovered(every: dict[str, Function]) -> list[str]:
    """Return the functions that write though neither they nor all of their callers append to the ledger."""
    ledger = reaching(every)
    callers: dict[str, list[Function]] = defaultdict(list)
    for one in every.values():
        for name in one.calls:
            callers[name].append(one)

    def covered(one: Function, seen: frozenset[str]) -> bool:
        if one.calls & ledger:
            return True
        above = [caller for caller in callers[one.name] if caller.name not in seen]
        return bool(above) and all(covered(caller, seen | {one.name}) for caller in above)

    return [
        key
        for key, one in every.items()
        if one.writes and not covered(one, frozenset()) and not any(key.startswith(reason) for reason in REASONS)
    ]


def test_every_write_has_an_entry_or_a_reason() -> None:
    assert uncovered(functions()) == []


def test_every_reason_is_still_needed() -> None:
    every = functions()
    for reason in set(REASONS) - {"audit.migrations"}:
        assert any(key.startswith(reason) and one.writes for key, one in every.items()), reason


def test_a_write_without_an_entry_would_be_found() -> None:
    source = "def verb(*, proposal):\n    Proposal.objects.filter(pk=1).update(state='awarded')\n"
    every = functions() | {"proposals.domain.verb": _of_module(ast.parse(source))["verb"]}
    assert uncovered(every) == ["proposals.domain.verb"]


def test_no_state_is_set_but_by_the_one_function() -> None:
    """``state=`` in an update, or an assignment to ``.state`` and a save, stands nowhere but where it belongs."""
    allowed = {"jobs/domain.py", "proposals/team.py"}
    allowed |= {f"workflow/{name}.py" for name in ("domain", "letters", "undo", "admin")}
    found = {
        path.relative_to(APPS).as_posix(): lines
        for path in sorted(APPS.rglob("*.py"))
        if "migrations" not in path.parts and (lines := _state_set(path.read_text("utf-8")))
    }
    assert {where: lines for where, lines in found.items() if where not in allowed} == {}


def _state_set(source: str) -> list[int]:
    """The lines that set a state."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
            lines += [node.lineno for word in node.keywords if word.arg == "state"]
        if isinstance(node, ast.Assign):
            lines += [node.lineno for t in node.targets if isinstance(t, ast.Attribute) and t.attr == "state"]
    return sorted(lines)


def test_a_state_set_elsewhere_would_be_found() -> None:
    source = "rows.update(state='a')\nrow.state = 'b'\nrows.update(title='state')\nrow.title = row.state\n"
    assert _state_set(source) == [1, 2]
