"""Each unsound type is refused with file, line and remedy, in both languages: for whoever edits the text."""

import pytest

from tests.engines.workflow.test_loader import STANDARD, load, type_source
from yuantou.engines.workflow import load_programme_type
from yuantou.engines.workflow.lines import line_of
from yuantou.kernel.errors import InputError, Problem

STANDARD_FILE = "_standard.toml"


def refused(name: str, change: tuple[str, str], *, standard: bool = False) -> list[Problem]:
    source, parent = type_source(name), STANDARD["standard"]
    text = parent if standard else source
    assert change[0] in text
    mended = text.replace(*change, 1)
    with pytest.raises(InputError) as error:
        load(*((source, mended) if standard else (mended,)))
    return list(error.value.problems) or [
        Problem(error.value.code, error.value.message, error.value.remedy, error.value.place)
    ]


def only(found: list[Problem], code: str) -> Problem:
    matching = [problem for problem in found if problem.code.endswith(code)]
    assert matching, [problem.code for problem in found]
    return matching[0]


@pytest.mark.parametrize(
    ("code", "change", "line"),
    [
        (
            "dead_end",
            (
                '{ id = "withdrawn", kind = "settled", is = ["withdrawn"], final = true',
                '{ id = "withdrawn", kind = "settled", is = ["withdrawn"]',
            ),
            '{ id = "withdrawn"',
        ),
        (
            "unreachable",
            ('from = ["institution_check"], to = "returned"', 'from = ["draft"], to = "submitted"'),
            '{ id = "returned", kind',
        ),
        ("nobody_may", ('actors = ["institution"], letter', "actors = [], letter"), '{ id = "endorse"'),
        (
            "blind_shows_name",
            ('fields = ["scores", "comments"]', 'fields = ["scores", "comments", "reviewer"]'),
            '"comments", "reviewer"]',
        ),
        ("unknown_fact", ("change.share <= 0.2", "change.shame <= 0.2"), 'id = "budget", rule'),
        ("unknown_letter", ('letter = "endorsed"', 'letter = "praise"'), '{ id = "endorse"'),
    ],
)
def test_what_is_wrong_in_the_standard_is_located_in_its_file(code: str, change: tuple[str, str], line: str) -> None:
    problem = only(refused("free-exploration", change, standard=True), code)
    text = STANDARD["standard"].replace(*change, 1).splitlines()
    assert problem.place.file == STANDARD_FILE
    assert problem.place.row is not None
    assert line in text[problem.place.row - 1]
    assert problem.remedy.zh
    assert problem.remedy.en


@pytest.mark.parametrize(
    ("code", "name", "change", "line"),
    [
        ("weights", "free-exploration", ("weight = 0.4", "weight = 0.5"), "weight = "),
        ("field_budget", "non-consensus", ("field_budget = 20", "field_budget = 9"), "[form]"),
        ("condition_field", "non-consensus", ('field = "refused_before"', 'field = "claim"'), 'id = "refusals"'),
        ("condition_value", "non-consensus", ('is = ["yes"]', 'is = ["perhaps"]'), 'id = "refusals"'),
        ("writer", "non-consensus", ('writer = "champion"', 'writer = "reviewer"'), 'id = "recommendation"'),
        ("wrong_type", "non-consensus", ('prefill = "orcid"', 'prefill = "salary"'), 'id = "orcid"'),
        (
            "lump_sum_with_lines",
            "young-lump-sum",
            ('id = "question", type = "long_text"', 'id = "question", type = "money"'),
            'id = "question"',
        ),
        ("lump_sum_without_pledge", "free-exploration", ('regime = "itemised"', 'regime = "lump_sum"'), "[budget]"),
        (
            "judges_itself",
            "challenge",
            ('actors = ["poser", "co_judge"]', 'actors = ["solver", "co_judge"]'),
            '"solver"',
        ),
        ("nobody_may", "facility-time", ('actors = ["safety_officer"]', 'actors = ["safety_oficer"]'), "safety_oficer"),
        ("unknown_fact", "talent", ("applicant.career_years", "applicant.papers"), 'id = "career_age"'),
        ("months", "talent", ("months = [60, 60]", "months = [60, 12]"), "months = [60, 12]"),
        ("wrong_type", "challenge", ('registrar = "officer"', 'registrar = "public"'), 'registrar = "public"'),
        ("gate_month", "horse-race", ("month = 24", "month = 25"), 'id = "gate2"'),
        ("instalments", "horse-race", ("share = 0.5", "share = 0.6"), "instalment = ["),
        ("instalment_after", "horse-race", ('after = "gate2"', 'after = "gate3"'), 'id = "third"'),
        ("agencies", "joint-bilateral", ('id = "agency_a"', 'id = "agency_c"'), "agency = ["),
        ("wrong_type", "consortium", ('parts = "partners"', 'parts = "friends"'), 'parts = "friends"'),
        ("evaluation", "talent", ('"representative_works_long_cycle"', '"numbers_of_papers"'), "evaluation = "),
        ("gate_outcome", "horse-race", ('"advance", "merge"', '"advance", "win"'), 'id = "gate1"'),
        ("unknown_key", "talent", ("weight = 0.5", "wieght = 0.5"), "wieght"),
        ("wrong_type", "talent", ('type = "long_text"', 'type = "long_test"'), 'id = "abstract"'),
        ("unreadable", "talent", ("count = 5\n", "count = 5 reviews\n"), "count = 5 reviews"),
        ("wrong_type", "talent", ("applicant.age < 45", "open('x')"), "open('x')"),
        ("unreadable", "talent", ('extends = "standard"', 'extends = "standrad"'), "standrad"),
    ],
)
def test_what_is_wrong_in_a_type_is_located_in_the_type(
    code: str, name: str, change: tuple[str, str], line: str
) -> None:
    problem = only(refused(name, change), code)
    text = type_source(name).replace(*change, 1).splitlines()
    assert problem.place.file == "t.toml"
    assert problem.place.row is not None, problem
    assert line in text[problem.place.row - 1]
    assert f"row {problem.place.row}" in problem.text("zh")
    assert problem.remedy.zh
    assert problem.remedy.en


def test_a_lump_sum_takes_no_budget_lines_into_its_agreement() -> None:
    lines = 'lines = [{ id = "travel", name = { zh = "差旅费", en = "Travel" } }]'
    change = ("months = [36, 36]", f"months = [36, 36]\n{lines}")
    assert only(refused("young-lump-sum", change), "lump_sum_with_lines").place.row is not None


def test_what_was_published_stays_readable_when_the_rules_grow_stricter() -> None:
    source = type_source("talent").replace('"representative_works_long_cycle"', '"of_an_earlier_day"')
    assert load_programme_type(source, parents=STANDARD, judge=False).project.evaluation.questions == ()


def test_a_double_blind_that_shows_names_is_located_where_it_shows_them() -> None:
    problem = only(refused("free-exploration", ('blind = "single"', 'blind = "double"')), "blind_shows_name")
    assert problem.place.file == STANDARD_FILE
    assert '"applicant"' in STANDARD["standard"].splitlines()[(problem.place.row or 0) - 1]


def test_a_place_that_is_nowhere_has_no_line() -> None:
    assert line_of("a = 1\n", "review.count") is None
    assert line_of("a = 1\n", "a") == 1
