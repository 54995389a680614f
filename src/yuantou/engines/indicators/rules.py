"""Reading call texts, forms and appointment criteria for indicators that must not be criteria.

A sentence is cut into parts at semicolons and contrasts; a part is refused where something counted (a metric) meets a
use as criterion, and nothing in the part forbids, abolishes or merely studies it. A scored field is refused for what
its label counts. What the patterns are, is data; see `yuantou/indicators/rules.toml`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

_PARTS: Final = re.compile(
    r"(?<=[。；;！!？?\n])|(?<=\w\w\.)\s+(?=[A-Z\"“(])"  # sentences
    r"|(?=，?(?:但是|但|然而|不过|而是))|(?=,? \b(?:but|however|yet|while)\b)"  # contrasts
)


@dataclass(frozen=True, slots=True)
class Clause:
    """The rule that a refusal cites."""

    id: str
    source: str
    name: LocalText
    also: str
    remedy: LocalText


@dataclass(frozen=True, slots=True)
class Finding:
    """A criterion that must not be one: where it stands (characters of the text), what it counts, and the clause."""

    start: int
    end: int
    words: str
    metric: str
    clause: Clause


@dataclass(frozen=True, slots=True)
class RulePack:
    """Compiled patterns of metrics, uses and exemptions with the clauses they cite."""

    clauses: Mapping[str, Clause]
    metrics: tuple[tuple[str, str, re.Pattern[str]], ...]
    uses: tuple[tuple[str, re.Pattern[str]], ...]
    exempt: re.Pattern[str]


def load_rules(text: str) -> RulePack:
    """Read a rule pack.

    Raises
    ------
    InputError
        If it is no TOML, a pattern is none, or a use names an unknown clause.
    """
    try:
        content = tomllib.loads(text)
        clauses = {key: _clause(key, row) for key, row in content["clause"].items()}
        metrics = tuple((row["id"], row["family"], _any(row["patterns"])) for row in content["metric"])
        uses = tuple((clauses[row["clause"]].id, _any(row["patterns"])) for row in content["use"])
        return RulePack(clauses, metrics, uses, _any(content["exempt"]["patterns"]))
    except (KeyError, re.error, tomllib.TOMLDecodeError) as error:
        raise InputError(LocalText(f"规则包有误：{error}", f"The rule pack is not sound: {error}")) from error


def _clause(key: str, row: Mapping[str, Any]) -> Clause:
    texts = LocalText.from_mapping(row["name"]), LocalText.from_mapping(row["remedy"])
    return Clause(key, row["source"], texts[0], row["also"], texts[1])


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def check_text(text: str, rules: RulePack) -> tuple[Finding, ...]:
    """Return what a text uses as a criterion against the rules, in its order; at most one finding for each part.

    Linear in the length of the text.
    """
    return tuple(finding for start, part in _parts(text) if (finding := _judge(start, part, rules)))


def _parts(text: str) -> Iterator[tuple[int, str]]:
    cuts = [0, *sorted({match.start() for match in _PARTS.finditer(text)} - {0}), len(text)]
    for start, end in pairwise(cuts):
        if text[start:end].strip():
            yield start, text[start:end]


def _judge(start: int, part: str, rules: RulePack) -> Finding | None:
    if rules.exempt.search(part):
        return None
    use = next((clause for clause, pattern in rules.uses if pattern.search(part)), None)
    counted = _counted(part, rules)
    if use is None or counted is None:
        return None
    metric, family, match = counted
    clause = rules.clauses[_cited(family, use)]
    return Finding(start + match.start(), start + match.end(), match.group(), metric, clause)


def _counted(part: str, rules: RulePack) -> tuple[str, str, re.Match[str]] | None:
    for metric, family, pattern in rules.metrics:
        if match := pattern.search(part):
            return metric, family, match
    return None


def _cited(family: str, use: str) -> str:
    """Metrics of publication are judged by their use; titles, prizes, degrees and rankings have a clause each."""
    return {"person": "four_only", "ranking": "ranking"}.get(family, use)


def check_field(label: str, rules: RulePack) -> Finding | None:
    """Return why a scored field must not be one, judging by what its label counts; nothing if it may be."""
    if rules.exempt.search(label) or (counted := _counted(label, rules)) is None:
        return None
    metric, family, match = counted
    return Finding(match.start(), match.end(), match.group(), metric, rules.clauses[_cited(family, "evidence")])
