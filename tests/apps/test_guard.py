"""No view, template, endpoint or export reads a guarded field by another way than the access module.

Found by reading the code: names of guarded models' fields taken from a variable that holds a record. Places that read
with a grant already checked are listed one by one with the reason; the list may only shrink.
"""

import ast
import re
from pathlib import Path

APPS = Path(__file__).parents[2] / "src" / "yuantou" / "apps"
REVIEW = {"comments", "confidential", "scores", "familiarity"}
PROJECT = {"opinion", "marks", "tried"}
SECRET = REVIEW | PROJECT | {"answers", "evidence", "raw_mean", "override_reason"}
READERS = {
    "proposals/views.py": {"answers"},  # the applicant's own form (`_own`), and `seen.answers`
    "review/reviewer_views.py": REVIEW | {"answers"},  # the reviewer's own sheet (`_own`), and `seen.answers`
    "proposals/templates/proposals/detail.html": {"answers"},  # `seen.can.answers`
    "proposals/templates/proposals/_answers.html": {"answers"},  # sections made of `seen.answers`
    "review/templates/review/_proposal.html": {"answers"},  # sections made of `seen.answers`
    "review/templates/review/write.html": REVIEW,  # the reviewer's own sheet
    "review/templates/review/submitted.html": REVIEW,  # the reviewer's own sheet
    "review/templates/review/read.html": REVIEW,  # `seen`
    "review/templates/review/proposal.html": {"evidence"},  # `visible_as(officer)`: the page of reviewers
    "review/templates/review/change.html": {"evidence"},  # `officers_proposal`: what stands in the way of a change
    "decisions/templates/decisions/room.html": {"raw_mean", "override_reason"},  # behind `_call`
    "projects/desk_views.py": {"marks"},  # counts of grades at a gate, for officers (`call_for_officer`)
    "projects/templates/projects/_opinion.html": {"opinion", "marks"},  # `seen.opinions`, without names
    "meetings/views.py": {"answers", "marks"},  # `seen.answers`; marks are that members voted
    "meetings/templates/meetings/item.html": {"scores"},  # `comments_in_words`, if `seen` grants the comments
    "decisions/templates/decisions/outcome.html": {"comments", "scores"},  # `comments_for_applicant`
}
QUERIES = ("values", "values_list", "filter", "order_by", "annotate")
MODULES = ("views.py", "desk_views.py", "reviewer_views.py", "admin.py", "tables.py", "forms.py", "urls.py", "api.py")


def read_in_code(source: str) -> set[str]:
    """Return the secret fields read as attributes, through ``getattr`` or named in a query."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            found.add(node.attr)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in QUERIES:
            named = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            named += [keyword.arg or "" for keyword in node.keywords]
            found |= {part for name in named for part in str(name).lstrip("-").split("__")}
    return found & SECRET


def read_in_template(source: str) -> set[str]:
    """Return the secret fields taken with a dot between braces."""
    inside = " ".join(re.findall(r"{[{%](.*?)[%}]}", source))
    return {name.split(".")[-1] for name in re.findall(r"[\w.]+\.\w+", inside)} & SECRET


def readers() -> dict[str, set[str]]:
    """Return every view, table, form, endpoint and template with the secret fields it reads."""
    found = {}
    for path in sorted(APPS.rglob("*")):
        if path.suffix == ".html":
            found[str(path.relative_to(APPS))] = read_in_template(path.read_text("utf-8"))
        elif path.name in MODULES or path.name.endswith("_views.py"):
            found[str(path.relative_to(APPS))] = read_in_code(path.read_text("utf-8"))
    return {name: fields for name, fields in found.items() if fields}


def test_guarded_fields_are_read_nowhere_else() -> None:
    strays = {name: fields - READERS.get(name, set()) for name, fields in readers().items()}
    assert {name: fields for name, fields in strays.items() if fields} == {}


def test_a_stray_reader_would_be_found() -> None:
    assert read_in_code("def view(request, row):\n    return row.review.confidential") == {"confidential"}
    assert read_in_code("rows.values_list('review__comments')") == {"comments"}
    assert read_in_code("rows.order_by('-assignments__review__scores')") == {"scores"}
    assert read_in_template("{% if row.review.confidential %}{{ row.proposal.answers }}{% endif %}") == {
        "confidential",
        "answers",
    }
