"""Nobody but the workflow says what holds: callers hand in no facts, and no module keeps guards of its own."""

import ast
from pathlib import Path

import yuantou

PACKAGE = Path(yuantou.__file__).parent
KERNEL = {f"apps/workflow/{name}.py" for name in ("domain", "facts", "models", "editor")}


def test_no_caller_hands_in_facts() -> None:
    found = []
    for path in sorted([*PACKAGE.glob("apps/**/*.py"), *PACKAGE.glob("web/**/*.py")]):
        name = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            keywords = {keyword.arg for keyword in node.keywords} if isinstance(node, ast.Call) else set()
            if "facts" in keywords and name not in KERNEL:
                found.append(f"{name}:{node.lineno}")
    assert found == []
