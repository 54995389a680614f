"""Programme types are refused unless they are sound; each refusal names the place and the remedy."""

from pathlib import Path

import pytest

import yuantou
from yuantou.engines.workflow import load_programme_type
from yuantou.kernel.errors import InputError

TYPES = Path(yuantou.__file__).parent / "programme_types"
STANDARD = {key: (TYPES / f"_{key}.toml").read_text("utf-8") for key in ("standard", "facts")}
FREE = (TYPES / "free-exploration.toml").read_text("utf-8")
YOUNG = (TYPES / "young-lump-sum.toml").read_text("utf-8")


def load(source: str, standard: str | None = None):
    return load_programme_type(
        source, name="t.toml", parents={**STANDARD, **({"standard": standard} if standard else {})}
    )


def codes(source: str, standard: str | None = None) -> set[str]:
    with pytest.raises(InputError) as refused:
        load(source, standard)
    return {problem.code.removeprefix("programme_type.") for problem in refused.value.problems}


@pytest.mark.parametrize("path", sorted(TYPES.glob("[!_]*.toml")), ids=lambda path: path.stem)
def test_every_shipped_type_is_sound(path: Path) -> None:
    programme = load(path.read_text("utf-8"))
    assert programme.id == path.stem
    assert programme.name.zh
    assert programme.name.en


@pytest.mark.parametrize(
    ("code", "source", "change"),
    [
        ("weights", FREE, ("weight = 0.4", "weight = 0.5")),
        ("anchors", FREE, ("high = 5, step = 1", "high = 7, step = 1")),
        ("duplicate_field", FREE, ('{ use = "people" }', '{ use = "science" }')),
        ("lump_sum_without_pledge", FREE, ('regime = "itemised"', 'regime = "lump_sum"')),
        ("nothing_asked", FREE, ('regime = "itemised"', 'regime = "itemised"\nasked = "grant"')),
        ("unknown_fact", YOUNG, ("applicant.earlier_awards_of_type", "applicant.h_index")),
        ("lump_sum_with_lines", YOUNG, ('id = "question", type = "long_text"', 'id = "question", type = "money"')),
        ("months", YOUNG, ("months = [36, 36]", "months = [36, 12]")),
    ],
)
def test_unsound_forms_reviews_and_budgets_are_refused(code: str, source: str, change: tuple[str, str]) -> None:
    assert change[0] in source
    assert code in codes(source.replace(*change))


def type_source(name: str) -> str:
    return (TYPES / f"{name}.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("code", "name", "change"),
    [
        ("judges_itself", "challenge", ('actors = ["poser", "co_judge"]', 'actors = ["solver", "co_judge"]')),
        ("judges_itself", "challenge", ('roles = ["poser", "solver"]', 'roles = ["poser", "public"]')),
        ("nobody_may", "facility-time", ('actors = ["safety_officer"]', 'actors = ["safety_oficer"]')),
        ("gate_outcome", "horse-race", ('"advance", "merge"', '"advance", "win"')),
        ("gate_month", "horse-race", ("month = 24", "month = 240")),
    ],
)
def test_types_in_which_judges_or_gates_are_unsound_are_refused(code: str, name: str, change: tuple[str, str]) -> None:
    assert change[0] in type_source(name)
    assert code in codes(type_source(name).replace(*change))


def test_a_rule_that_is_no_safe_expression_is_refused() -> None:
    unsafe = YOUNG.replace("applicant.earlier_awards_of_type == 0", "open('/etc/passwd')")
    assert codes(unsafe) == {"wrong_type"}


def test_a_double_blind_type_conceals_names_from_reviewers() -> None:
    programme = load(type_source("facility-time"))
    judging = {"reviewer", "invitee"}
    rules = [rule for rule in programme.visibility if rule.record == "proposal" and rule.roles & judging]
    assert set().union(*(rule.roles for rule in rules)) >= judging
    for rule in rules:
        assert not rule.fields & {"applicant", "members", "organisation"}


def test_no_two_types_share_a_score_sheet() -> None:
    sheets = {}
    for path in sorted(TYPES.glob("[!_]*.toml")):
        sheet = tuple((c.id, c.weight, c.question.zh) for c in load(path.read_text("utf-8")).review.criteria)
        assert sheet not in sheets, f"{path.stem} and {sheets[sheet]}"
        sheets[sheet] = path.stem
    assert len(sheets) >= 12


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("unknown_state", ('to = "withdrawn"', 'to = "gone"')),
        ("nobody_may", ('actors = ["institution"], letter', 'actors = ["dean"], letter')),
        ("unknown_letter", ('letter = "endorsed"', 'letter = "praise"')),
        (
            "dead_end",
            (
                '{ id = "withdrawn", kind = "settled", is = ["withdrawn"], final = true',
                '{ id = "withdrawn", kind = "settled", is = ["withdrawn"]',
            ),
        ),
        ("unreachable", ('from = ["institution_check"], to = "returned"', 'from = ["draft"], to = "submitted"')),
        ("undo_reaches_further", ('letter = "awarded", name', 'letter = "awarded", undo = 5, name')),
        ("undo_minutes", ("undo = 10", "undo = 2000")),
        ("blind_shows_name", ('fields = ["scores", "comments"]', 'fields = ["scores", "comments", "reviewer"]')),
    ],
)
def test_unsound_machines_and_visibility_are_refused(code: str, change: tuple[str, str]) -> None:
    assert change[0] in STANDARD["standard"]
    assert code in codes(FREE, STANDARD["standard"].replace(*change))


def test_double_blind_refuses_names_for_reviewers() -> None:
    assert "blind_shows_name" in codes(FREE.replace('blind = "single"', 'blind = "double"'))


@pytest.mark.parametrize("source", ["id = ", 'extends = "nothing"', FREE.replace('use = "people"', 'use = "pepole"')])
def test_what_cannot_be_read_says_so_and_names_the_file(source: str) -> None:
    with pytest.raises(InputError) as refused:
        load(source)
    assert refused.value.code == "programme_type.unreadable"
    assert "t.toml" in refused.value.text("zh")


def test_the_hash_follows_the_content_not_the_layout() -> None:
    assert load(FREE).source_hash == load("\n# a comment\n" + FREE).source_hash
    assert load(FREE).source_hash != load(FREE.replace("count = 3", "count = 4")).source_hash
