"""Who is what with regard to a question or a consultation, and what of it may be seen."""

from django.db.models import QuerySet

from yuantou.apps.accounts.facade import Account, Accounts, Grant, User
from yuantou.apps.directions.models import Consultation, Question
from yuantou.apps.workflow.facade import Everyone, guarded, plays, register_of, visible
from yuantou.engines.workflow import Register


def _register() -> Register:
    return register_of("directions")


plays(
    Question,
    [
        Everyone("member"),
        Grant("officer", "agency"),
        Account("contributor", "author"),
        # Whoever was invited to an open round about it.
        Accounts("scientist", Question, "consultations__invited", consultations__state__means="collecting"),
    ],
)
plays(Consultation, [Everyone("member"), Grant("officer", "agency"), Accounts("scientist", Consultation, "invited")])


def visible_questions(user: User | None, field: str = "title") -> "QuerySet[Question]":
    """Return the questions of which a user may see a field."""
    return visible(Question, user, field)


def visible_consultations(user: User | None) -> "QuerySet[Consultation]":
    """Return the rounds that a user may know of."""
    return visible(Consultation, user, "title")


guarded(
    Question,
    "question",
    {
        "title": lambda q: q.title,
        "statement": lambda q: (q.statement_zh, q.statement_en),
        "why_now": lambda q: (q.why_now_zh, q.why_now_en),
        "tags": lambda q: (q.get_orientation_display(), q.get_mode_display()),
        "evidence": lambda q: list(q.evidence.all()),
        "rivals": lambda q: list(q.rivals.all()),
        "review_on": lambda q: q.review_on,
        "owner": lambda q: q.owner,
        "merged_into": lambda q: q.merged_into,
        "votes": lambda q: list(q.votes.all()),
        "history": lambda q: True,
    },
    kind=_register,
)
guarded(
    Consultation,
    "consultation",
    {
        "title": lambda c: c.title,
        "questions": lambda c: list(c.questions.all()),
        "dates": lambda c: c.closes_on,
        "comments": lambda c: list(c.comments.select_related("author", "question")),
        "answers": lambda c: True,
        "votes": lambda c: list(c.votes.all()),
    },
    kind=_register,
    judging={"comments"},
)
