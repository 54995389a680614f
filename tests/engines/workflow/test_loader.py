"""Programme types are refused unless they are sound; each refusal names the place and the remedy."""

from pathlib import Path

import pytest

import yuantou
from yuantou.engines.workflow import load_programme_type
from yuantou.kernel.errors import InputError

TYPES = Path(yuantou.__file__).parent / "programme_types"
STANDARD = {"standard": (TYPES / "_standard.toml").read_text("utf-8")}
FREE = (TYPES / "free-exploration.toml").read_text("utf-8")


def load(source: str, standard: str | None = None):
    return load_programme_type(source, name="t.toml", parents={"standard": standard or STANDARD["standard"]})


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
    ("code", "change"),
    [
        ("weights", ("weight = 0.4", "weight = 0.5")),
        ("anchors", ("high = 5, step = 1", "high = 7, step = 1")),
        ("duplicate_field", ('id = "risk"', 'id = "approach"')),
        ("lump_sum_with_lines", ('regime = "itemised"', 'regime = "lump_sum"')),
    ],
)
def test_unsound_forms_and_reviews_are_refused(code: str, change: tuple[str, str]) -> None:
    source = FREE.replace('id = "months"', 'id = "budget_travel"') if code == "lump_sum_with_lines" else FREE
    assert code in codes(source.replace(*change))


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("unknown_state", ('to = "withdrawn"', 'to = "gone"')),
        ("nobody_may", ('actors = ["institution"], bulk', 'actors = ["dean"], bulk')),
        ("unknown_letter", ('letter = "endorsed"', 'letter = "praise"')),
        ("dead_end", ('{ id = "withdrawn", kind = "settled", final = true', '{ id = "withdrawn", kind = "settled"')),
        ("unreachable", ('from = ["institution_check"], to = "returned"', 'from = ["draft"], to = "submitted"')),
        ("blind_shows_name", ('fields = ["scores", "comments"]', 'fields = ["scores", "comments", "reviewer"]')),
    ],
)
def test_unsound_machines_and_visibility_are_refused(code: str, change: tuple[str, str]) -> None:
    assert change[0] in STANDARD["standard"]
    assert code in codes(FREE, STANDARD["standard"].replace(*change))


def test_double_blind_refuses_names_for_reviewers() -> None:
    assert "blind_shows_name" in codes(FREE.replace('blind = "single"', 'blind = "double"'))


@pytest.mark.parametrize("source", ["id = ", 'id = "x"', FREE.replace('type = "money"', 'type = "cash"')])
def test_what_cannot_be_read_says_so_and_names_the_file(source: str) -> None:
    with pytest.raises(InputError) as refused:
        load(source)
    assert refused.value.code == "programme_type.unreadable"
    assert "t.toml" in refused.value.text("zh")


def test_the_hash_follows_the_content_not_the_layout() -> None:
    assert load(FREE).source_hash == load("\n# a comment\n" + FREE).source_hash
    assert load(FREE).source_hash != load(FREE.replace("count = 3", "count = 4")).source_hash
