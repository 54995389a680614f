"""What must not be a criterion, wherever people write criteria: kinds of call, texts of calls, reasons for grades."""

from yuantou.engines.indicators import Finding, check_field, check_text
from yuantou.pipelines.kinds import rule_pack


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
