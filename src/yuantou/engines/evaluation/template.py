"""Categories of evaluation as data: which works count as representative, what is asked of them, what a grade means.

A template is refused where it would count: a criterion or a kind of evidence whose words name a banned metric, a
criterion without a question, evidence, example or five anchors, weights that do not sum, a facet left out. Sources:
国科发监〔2020〕37号 (representative works, number set by activity), the pilot of eight ministries on evaluating talent
(categories; quality, performance and contribution), DORA (2012) and CoARA (2022: qualitative judgement first).
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText

GRADES: Final = 5


class Facet(StrEnum):
    """What a criterion looks at; every template looks at all three (质量、绩效、贡献)."""

    QUALITY = "quality"
    PERFORMANCE = "performance"
    CONTRIBUTION = "contribution"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A question with the evidence it asks for, the meaning of grades 1 to 5 (low to high) and an example."""

    id: str
    facet: Facet
    name: LocalText
    question: LocalText
    evidence: LocalText
    example: LocalText
    anchors: tuple[LocalText, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """One category: kinds of works, how many at most, criteria with weights (they sum to 1), cycles in years."""

    id: str
    name: LocalText
    summary: LocalText
    kinds: tuple[str, ...]
    most_works: int
    cycles: tuple[int, ...]
    weights: Mapping[str, float]
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Library:
    """The criteria and templates of one file, with the names of kinds of works."""

    kinds: Mapping[str, LocalText]
    criteria: Mapping[str, Criterion]
    templates: Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class Band:
    """A grade in words for an interval of calibrated scores; ``certain`` if the whole interval lies in one grade."""

    grade: int
    low: int
    high: int

    @property
    def certain(self) -> bool:
        """Whether the interval leaves no doubt about the grade."""
        return self.low == self.high


def band_of(mean: float, low: float, high: float) -> Band:
    """Return the grade (1 to 5) of a score and the grades that its interval reaches."""
    grades = [min(GRADES, max(1, int(value + 0.5))) for value in (mean, low, high)]
    return Band(*grades)


Banned = Callable[[str], str | None]
"""Says why words must not be a criterion (the name of the clause), or nothing."""


def load_templates(source: str, *, banned: Banned, name: str = "templates") -> Library:
    """Read a library of criteria and templates from TOML.

    Parameters
    ----------
    banned:
        Judges the words of every criterion and kind of work; the rule packs of ``engines.indicators`` in the product.

    Raises
    ------
    InputError
        If it cannot be read, or with a problem for each entry that is not sound.
    """
    try:
        table = tomllib.loads(source)
        kinds = {key: LocalText.from_mapping(text) for key, text in table["kind"].items()}
        criteria = {row["id"]: _criterion(row) for row in table["criterion"]}
        templates = {row["id"]: _template(row, criteria) for row in table["template"]}
    except (KeyError, TypeError, ValueError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise InputError(
            LocalText(f"无法读取评价模板：{detail}", f"The templates cannot be read: {detail}"),
            LocalText("请对照参考文档修改。", "Compare with the reference."),
            place=Place(name),
        ) from error
    library = Library(kinds, criteria, templates)
    problems = [*_counting(library, banned, name), *_unsound(library, name)]
    if problems:
        raise InputError(
            LocalText("评价模板有误。", "The templates are not sound."), place=Place(name), problems=tuple(problems)
        )
    return library


def _criterion(row: Mapping[str, Any]) -> Criterion:
    words = {key: LocalText.from_mapping(row[key]) for key in ("name", "question", "evidence", "example")}
    anchors = tuple(LocalText.from_mapping(text) for text in row["anchors"])
    return Criterion(
        row["id"], Facet(row["facet"]), words["name"], words["question"], words["evidence"], words["example"], anchors
    )


def _template(row: Mapping[str, Any], criteria: Mapping[str, Criterion]) -> Template:
    weights = {key: float(weight) for key, weight in row["criteria"].items()}
    return Template(
        row["id"],
        LocalText.from_mapping(row["name"]),
        LocalText.from_mapping(row["summary"]),
        tuple(row["kinds"]),
        int(row["most_works"]),
        tuple(row["cycles"]),
        weights,
        tuple(criteria[key] for key in weights),
    )


def _counting(library: Library, banned: Banned, name: str) -> list[Problem]:
    """A criterion that counts what must not be counted is refused with its clause."""
    found = []
    for criterion in library.criteria.values():
        for part in ("name", "question", "evidence"):
            text: LocalText = getattr(criterion, part)
            clause = banned(text.zh) or banned(text.en)
            if clause:
                said = LocalText(
                    f"指标“{criterion.name.zh}”以被禁用的数量为依据：{clause}。",
                    f"The criterion “{criterion.name.en}” rests on a banned metric: {clause}.",
                )
                remedy = LocalText("请改为对工作内容的提问。", "Ask about the work itself.")
                found.append(
                    Problem("evaluation.banned", said, remedy, Place(name, None, f"criterion.{criterion.id}.{part}"))
                )
    return found


def _unsound(library: Library, name: str) -> list[Problem]:
    found = []

    def say(where: str, zh: str, en: str) -> None:
        remedy = LocalText("请修改此处。", "Correct this entry.")
        found.append(Problem("evaluation.unsound", LocalText(zh, en), remedy, Place(name, None, where)))

    for criterion in library.criteria.values():
        if len(criterion.anchors) != GRADES:
            say(f"criterion.{criterion.id}", "须有五级评分说明。", "Five anchors are needed, one for each grade.")
    for template in library.templates.values():
        where = f"template.{template.id}"
        if abs(sum(template.weights.values()) - 1) > 1e-9:
            say(where, "权重之和应为 1。", "The weights must sum to 1.")
        if {criterion.facet for criterion in template.criteria} != set(Facet):
            say(
                where,
                "须兼顾质量、绩效、贡献三个方面。",
                "Quality, performance and contribution must all be asked for.",
            )
        if not 1 <= template.most_works <= 5:
            say(where, "代表作为 1 至 5 项。", "Between one and five representative works.")
        if unknown := set(template.kinds) - set(library.kinds):
            say(where, f"未定义的成果类型：{unknown}。", f"Unknown kinds of works: {unknown}.")
    return found
