"""One small hierarchy of errors; each says what, where and what to do, in both languages."""

from dataclasses import dataclass

from yuantou.kernel.local_text import LocalText


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the user's input something stands: file, row (1 = first row under the heading), column or field."""

    file: str = ""
    row: int | None = None
    column: str = ""

    def __str__(self) -> str:
        parts = [self.file, f"row {self.row}" if self.row is not None else "", self.column]
        return ":".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the input: reported, never raised, so that good rows are kept.

    ``code`` is stable and may be tested and searched for, e.g. ``input.duplicate_id``.
    ``fatal`` tells whether the row (or file) had to be left out.
    """

    code: str
    message: LocalText
    remedy: LocalText
    place: Place = Place()
    fatal: bool = True

    def text(self, language: str = "en") -> str:
        """Return place, message and remedy as one line in a language."""
        place = f"{self.place}: " if str(self.place) else ""
        return f"{place}{self.message.in_language(language)} {self.remedy.in_language(language)}"


class YuantouError(Exception):
    """Base of every error that a user may see.

    Parameters
    ----------
    message, remedy:
        What is wrong and what to do about it, in both languages.
    place:
        Where in the input, if anywhere.
    problems:
        The single findings behind it, if several.
    """

    code = "error"

    def __init__(
        self,
        message: LocalText,
        remedy: LocalText | None = None,
        *,
        code: str | None = None,
        place: Place | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        self.message = message
        self.remedy = remedy or LocalText("请检查后重试。", "Please check and try again.")
        self.code = code or self.code
        self.place = place or Place()
        self.problems = problems
        super().__init__(self.text("en"))

    def text(self, language: str = "en") -> str:
        """Return the whole message as one line in a language."""
        return Problem(self.code, self.message, self.remedy, self.place).text(language)


class InputError(YuantouError):
    """The input cannot be used at all (missing file, missing column, no valid row)."""

    code = "input"


class InfeasibleError(YuantouError):
    """The constraints contradict one another; ``problems`` names a set that proves it."""

    code = "infeasible"


class NotAllowedError(YuantouError):
    """The actor may not do this, or the rule of the state forbids it."""

    code = "not_allowed"


class StaleError(YuantouError):
    """Somebody else changed the record since it was read (optimistic lock)."""

    code = "stale"


class CancelledError(YuantouError):
    """The user asked a long run to stop; nothing half-done remains."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__(
            LocalText("运行已取消。", "The run was cancelled."),
            LocalText("可以随时重新开始。", "It can be started again at any time."),
        )
