"""Who is what with regard to a question or a consultation, and the QuerySet twins of what they may see."""

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Role, User, has_role, organisations_of
from yuantou.apps.directions.models import Consultation, Question
from yuantou.apps.workflow.facade import guarded, register_of, resolves_roles, visible_states


@resolves_roles(Question)
def question_roles(user: User, question: Question) -> set[str]:
    """Officer of its agency, whoever proposed it, scientists invited to an open round about it."""
    roles = {"member"}
    if has_role(user, Role.OFFICER, question.agency_id):
        roles.add("officer")
    if user.seen_by:
        return roles
    if question.author_id == user.pk:
        roles.add("contributor")
    if question.consultations.filter(state__means="collecting", invited=user).exists():
        roles.add("scientist")
    return roles


@resolves_roles(Consultation)
def consultation_roles(user: User, consultation: Consultation) -> set[str]:
    """Officer of its agency, invited scientists, everybody signed in."""
    roles = {"member"}
    if has_role(user, Role.OFFICER, consultation.agency_id):
        roles.add("officer")
    if not user.seen_by and consultation.invited.filter(pk=user.pk).exists():
        roles.add("scientist")
    return roles


def visible_questions(user: User | None, field: str = "title") -> "QuerySet[Question]":
    """Return the questions of which a user may see a field."""
    register = register_of("directions")

    def states(role: str) -> Q:
        return Q(state__in=visible_states(register, "question", role, field))

    allowed = states("public")
    if user is not None and user.is_authenticated:
        allowed |= Q(agency__in=organisations_of(user, Role.OFFICER)) & states("officer")
        if not user.seen_by:
            invited = Consultation.objects.filter(state__means="collecting", invited=user)
            asked = Question.objects.filter(consultations__in=invited)
            allowed |= (Q(author=user) & states("contributor")) | (Q(pk__in=asked.values("pk")) & states("scientist"))
    return Question.objects.filter(allowed)


def visible_consultations(user: User | None) -> "QuerySet[Consultation]":
    """Return the rounds that a user may know of."""
    allowed = Q(state__means="published")
    if user is not None and user.is_authenticated:
        allowed |= Q(state__means=["collecting", "answering"]) | Q(agency__in=organisations_of(user, Role.OFFICER))
    return Consultation.objects.filter(allowed)


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
)
