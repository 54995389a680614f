"""No view, template, endpoint or export reads a guarded field by another way than the access module.

Found by reading the code: names of guarded models' fields taken from a variable that holds a record. Places that read
with a grant already checked are listed one by one with the reason; the list may only shrink.
"""

import ast
import re
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.apps.matrix import channels

APPS = Path(__file__).parents[2] / "src" / "yuantou" / "apps"
REVIEW = {"comments", "confidential", "scores", "familiarity"}
PROJECT = {"opinion", "marks", "tried"}
SECRET = REVIEW | PROJECT | {"answers", "evidence", "raw_mean", "override_reason"}
SECRET = SECRET.union(*(getattr(app, "SECRET", set()) for app in channels()))
READERS = {
    "proposals/views.py": {"answers"},  # the applicant's own form (`_own`), and `seen.answers`
    "review/reviewer_views.py": REVIEW | {"answers"},  # the reviewer's own sheet (`_own`), and `seen.answers`
    "proposals/templates/proposals/detail.html": {"answers"},  # `seen.can.answers`
    "proposals/templates/proposals/_answers.html": {"answers"},  # sections made of `seen.answers`
    # Sections made of `seen.answers`; `comments_in_words`, if `seen` grants the comments.
    "review/templates/review/_proposal.html": {"answers", "scores"},
    "review/templates/review/write.html": REVIEW,  # the reviewer's own sheet
    "review/templates/review/submitted.html": REVIEW,  # the reviewer's own sheet
    "review/templates/review/read.html": REVIEW,  # `seen`
    "review/templates/review/proposal.html": {"evidence"},  # `visible_as(officer)`: the page of reviewers
    "review/templates/review/change.html": {"evidence"},  # `officers_proposal`: what stands in the way of a change
    "decisions/templates/decisions/room.html": {"raw_mean", "override_reason"},  # behind `_call`
    "projects/desk_views.py": {"marks"},  # counts of grades at a gate, for officers (`call_for_officer`)
    "projects/templates/projects/_opinion.html": {"opinion", "marks"},  # `seen.opinions`, without names
    "integrity/templates/integrity/case.html": {"opinion"},  # `seen.committee`, never for its own members
    "hearing/views.py": {"answers"},  # `seen.answers`
    "hearing/templates/hearing/response.html": {"scores"},  # `comments_in_words`, if `seen` grants the comments
    "meetings/views.py": {"answers", "marks"},  # `seen.answers`; marks are that members voted
    "meetings/templates/meetings/item.html": {"scores"},  # `comments_in_words`, if `seen` grants the comments
    "outcomes/round_views.py": {"evidence"},  # one's own portfolio, or `seen.works` in the wording that was dealt
    "outcomes/templates/outcomes/_works.html": {"evidence"},  # `seen.works`
    "outcomes/templates/outcomes/_criteria.html": {"evidence"},  # what a criterion asks for, no record
    "outcomes/templates/outcomes/_grade_field.html": {"evidence"},  # what a criterion asks for, no record
    "policy/templates/policy/coverage.html": {"evidence"},  # files of the repository, of no record
    "decisions/templates/decisions/outcome.html": {"comments", "scores"},  # `comments_for_applicant`
}
READERS |= {name: fields for app in channels() for name, fields in getattr(app, "READERS", {}).items()}
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


ELSEWHERE = {
    "proposals:start": "a form before there is a proposal",
    "proposals:invitation": "asked by its addressee alone: tests/abuse",
    "proposals:statement": "asked by its addressee alone: tests/apps/proposals/test_statements.py",
    "review:experts": "the pool, apart from any proposal",
    "review:expert": "the pool, apart from any proposal",
    "review:nominations": "officers of the call, apart from any proposal: tests/apps/review/test_nominations.py",
    "review:change": "officers' effect of a change: tests/apps/review/test_room.py",
}
ELSEWHERE |= {name: why for app in channels() for name, why in getattr(app, "ELSEWHERE", {}).items()}
"""Addresses that are no channel of the matrix, with the reason; what answers to POST alone is left out by itself."""


def addresses(app: str) -> dict[str, object]:
    """Return every address of an app and its view."""

    def walk(resolver: URLResolver, space: str) -> dict[str, object]:
        found: dict[str, object] = {}
        for one in resolver.url_patterns:
            if isinstance(one, URLPattern):
                found[f"{space}{one.name}"] = one.callback
            else:
                found |= walk(one, f"{space}{one.namespace}:" if one.namespace else space)
        return found

    return {name: view for name, view in walk(get_resolver(), "").items() if name.startswith(f"{app}:")}


@pytest.mark.parametrize("app", ["proposals", "review", "decisions", "meetings"])
def test_every_address_that_answers_is_a_channel_of_the_matrix(app: str) -> None:
    sources = [Path(__file__).parent / "matrix.py", *Path(__file__).parent.glob("*/channels.py")]
    named = set(re.findall(r'"(?:\w+:)?(\w+)"', "\n".join(path.read_text("utf-8") for path in sources)))
    missing = [
        name
        for name, view in addresses(app).items()
        if name.split(":")[1] not in named and name not in ELSEWHERE and not _posts_alone(view)
    ]
    assert missing == []


def _posts_alone(view: object) -> bool:
    """Tell whether a view refuses GET: its decorator keeps the methods it allows."""
    while view is not None:
        for cell in getattr(view, "__closure__", None) or ():
            try:
                if cell.cell_contents == ["POST"]:
                    return True
            except ValueError:
                continue
        view = getattr(view, "__wrapped__", None)
    return False


def test_a_stray_reader_would_be_found() -> None:
    assert read_in_code("def view(request, row):\n    return row.review.confidential") == {"confidential"}
    assert read_in_code("rows.values_list('review__comments')") == {"comments"}
    assert read_in_code("rows.order_by('-assignments__review__scores')") == {"scores"}
    assert read_in_template("{% if row.review.confidential %}{{ row.proposal.answers }}{% endif %}") == {
        "confidential",
        "answers",
    }
