"""What must not be a criterion, wherever people write criteria: kinds of call, texts of calls, reasons for grades."""

from functools import lru_cache
from importlib.resources import files

from yuantou.engines.indicators import Finding, RulePack, check_field, check_text, load_rules
from yuantou.engines.workflow import ProgrammeType
from yuantou.kernel.errors import Place, Problem
from yuantou.kernel.local_text import LocalText


@lru_cache(maxsize=1)
def rule_pack() -> RulePack:
    """Return the rules on criteria: what counts, in which use, under which clause."""
    return load_rules((files("yuantou") / "indicators" / "rules.toml").read_text("utf-8"))


def banned_as_criterion(words: str) -> Finding | None:
    """Return why words must not name a criterion, or nothing."""
    return check_field(words, rule_pack())


def counted_in(text: str) -> list[Finding]:
    """Return where a text that gives a reason rests on what must not count."""
    named = banned_as_criterion(text)
    return list(check_text(text, rule_pack())) or ([named] if named else [])


def flagged_in(*texts: str) -> list[Finding]:
    """Return what texts addressed to applicants use as a criterion against the rules."""
    return [finding for text in texts for finding in check_text(text, rule_pack())]


def counting_criteria(programme: ProgrammeType) -> list[Problem]:
    """Return the scored fields of a kind of call that count what must not be counted, each with its clause."""
    found = []
    for criterion in programme.review.criteria:
        words = (criterion.name.zh, criterion.name.en, criterion.question.zh, criterion.question.en)
        finding = next(filter(None, map(banned_as_criterion, words)), None)
        if finding is not None:
            clause = finding.clause
            said = LocalText(
                f"评审标准“{criterion.name.zh}”以“{finding.words}”计分：{clause.name.zh}（{clause.source}）。",
                f"The criterion “{criterion.name.en}” scores “{finding.words}”: {clause.name.en} ({clause.source}).",
            )
            place = Place(f"{programme.id}.toml", None, f"review.criterion.{criterion.id}")
            found.append(Problem("programme_type.banned_metric", said, clause.remedy, place))
    return found
