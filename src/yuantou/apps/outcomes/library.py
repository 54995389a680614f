"""The shipped templates of evaluation, read and judged once per process."""

from functools import lru_cache
from importlib.resources import files

from yuantou.apps.workflow.facade import banned_as_criterion
from yuantou.engines.evaluation import Library, load_templates

PACKAGE = files("yuantou")


@lru_cache(maxsize=1)
def library() -> Library:
    """Return kinds of works, criteria and categories; a template that counts is refused here."""
    source = (PACKAGE / "evaluation" / "templates.toml").read_text("utf-8")
    return load_templates(source, banned=_clause, name="templates.toml")


def _clause(words: str) -> str | None:
    found = banned_as_criterion(words)
    return found.clause.name.zh if found else None
