"""Nobody but the kind says what a state is called: code and pages ask what it means."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import yuantou
from yuantou.apps.workflow.states import declared_meanings

PACKAGE = Path(yuantou.__file__).parent
SAMPLES = ("demonstration", "scale")
"""Modules that make sample records of the shipped kinds."""
MODULES = [
    path
    for folder in ("apps", "web", "rest")
    for path in sorted(PACKAGE.glob(f"{folder}/**/*.py"))
    if "migrations" not in path.parts and not path.stem.startswith(SAMPLES)
]
TEMPLATES = sorted(PACKAGE.glob("**/templates/**/*.*"))


def _states() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in (*PACKAGE.glob("programme_types/*.toml"), *PACKAGE.glob("registers/*.toml")):
        for record, machine in tomllib.loads(path.read_text("utf-8")).get("machine", {}).items():
            found[record] |= {state["id"] for state in machine["state"]}
    return found


STATES = _states()
EVERY = set().union(*STATES.values())


def _strings(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def _asks_by_name(node: ast.AST) -> bool:
    """Tell whether a piece of code compares, filters or lists states by their ids."""
    if isinstance(node, ast.Compare):
        return "state" in ast.unparse(node).lower() and bool(_strings(node) & EVERY)
    if isinstance(node, ast.keyword):
        by_id = (node.arg or "").removesuffix("__in").rpartition("__")[2] == "state"
        return by_id and bool(_strings(node.value) & EVERY) and not _is_tagged(node.value)
    if isinstance(node, ast.Dict | ast.Tuple | ast.List | ast.Set):
        parts = node.keys if isinstance(node, ast.Dict) else node.elts
        names = {p.value for p in parts if isinstance(p, ast.Constant)}
        whole = len(parts) > 1 and len(names) == len(parts)
        return whole and any(names <= states for states in STATES.values())
    return False


def _is_tagged(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tagged"


def _meant(tree: ast.AST) -> set[ast.AST]:
    """Return the lists of meanings: after ``means=`` and ``state__means=``, and beside the tags of a state."""
    keywords = (node for node in ast.walk(tree) if isinstance(node, ast.keyword))
    beside = (n for n in ast.walk(tree) if isinstance(n, ast.BinOp) and ast.unparse(n.left).endswith(".tags"))
    return {k.value for k in keywords if (k.arg or "").endswith("means")} | {n.right for n in beside}


def named_states(source: str) -> Iterator[int]:
    """Yield the lines where a source names a state by its id."""
    tree = ast.parse(source)
    meant = _meant(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.keyword) and node not in meant and _asks_by_name(node):
            yield node.lineno


@pytest.mark.parametrize(
    "source",
    [
        'x = row.state == "draft"',
        'rows.filter(proposal__state="accepted")',
        'rows.exclude(state__in=["draft"])',
        'OPEN = ("invited", "accepted")',
        'LAPSES = {"with_respondent": 1, "hearing": 2}',
    ],
)
def test_a_state_by_its_name_would_be_found(source: str) -> None:
    assert list(named_states(source)) == [1]


def test_no_module_names_a_state() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}" for path in MODULES for line in named_states(path.read_text("utf-8"))
    ]
    assert found == []


TAG = re.compile(r"{%.*?%}", re.S)
NO_MACHINE = {"job", "member", "statement", "asked"}
"""Names under which pages know what has a short list of states in code and no machine."""


def test_no_template_names_a_state() -> None:
    found = []
    for path in TEMPLATES:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for tag in TAG.findall(line):
                compared = re.findall(r"""(?:(\w+)\.)?\bstate(?:\.id)? *(?:[!=]=|in) *["']([\w ]+)["']""", tag)
                found += [
                    f"{path.relative_to(PACKAGE)}:{number}: {states}"
                    for name, states in compared
                    if set(states.split()) & EVERY and name not in NO_MACHINE
                ]
    assert found == []


def test_every_meaning_is_declared_and_asked_for() -> None:
    """A meaning that no code declares would read as false in a page, and one that none asks for is idle."""
    text = "\n".join(path.read_text("utf-8") for path in (*MODULES, *TEMPLATES))
    used = set(re.findall(r"\bis_now\.(\w+)", text))
    declared = set().union(*declared_meanings().values())
    assert used <= declared
    words = set(re.findall(r"""["'](\w+)["']""", text)) | used
    assert declared <= words


def test_no_module_names_a_letter() -> None:
    """A step or an event sends letters, and the kind says which: code knows none by its name."""
    letters = {
        key
        for path in (*PACKAGE.glob("programme_types/*.toml"), *PACKAGE.glob("registers/*.toml"))
        for key in tomllib.loads(path.read_text("utf-8")).get("letter", {})
    }
    assert len(letters) > 20
    found = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"write_letter", "queue_letter"}:
                found += [f"{path.relative_to(PACKAGE)}:{node.lineno}" for one in node.args if _strings(one) & letters]
    assert found == []
