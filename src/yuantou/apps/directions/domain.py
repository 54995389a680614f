"""Verbs of the directions room; each writes its entry of the ledger in the same transaction."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from yuantou.apps.accounts.facade import Role, User, has_role
from yuantou.apps.audit.facade import append, keep_draft
from yuantou.apps.directions.facts import PIECES
from yuantou.apps.directions.models import Comment, Consultation, Evidence, Question, Rival, Vote
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import change_state, roles_of, stale
from yuantou.engines.text import tokens
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

ALIKE: Final = 0.5
"""Two questions sharing this part of their terms are shown to each other as near-duplicates."""
WRITTEN: Final = (
    *("kind", "parent", "title_zh", "title_en", "statement_zh", "statement_en", "why_now_zh", "why_now_en"),
    *("orientation", "mode", "review_on"),
)


@transaction.atomic
def draft_question(*, agency: Organisation, values: Mapping[str, Any], user: User, now: datetime) -> Question:
    """Begin a direction or a key question."""
    if user.seen_by:
        raise _refused("查看他人账号时不能填写。", "Nothing is written while looking as somebody else.")
    made = Question(agency=agency, author=user, created_at=now, saved_at=now)
    _fill(made, values)
    made.save()
    _draft(made, user, now)
    return made


@transaction.atomic
def save_question(
    *, question: Question, values: Mapping[str, Any], version: int, user: User, now: datetime
) -> Question:
    """Save a new version: the contributor while it is a draft, an officer at any time before it is merged.

    Raises
    ------
    NotAllowedError
        If the user may not write it now.
    StaleError
        If somebody saved meanwhile.
    """
    roles = roles_of(user, question)
    if not ("officer" in roles or ("contributor" in roles and question.is_now.draft)) or question.is_now.merged:
        raise _refused("现在不能修改。", "It cannot be changed now.")
    locked = Question.objects.select_for_update().get(pk=question.pk)
    if locked.version != version:
        raise stale()
    _fill(locked, values)
    locked.version, locked.saved_at = version + 1, now
    locked.save()
    _draft(locked, user, now)
    return locked


def _fill(question: Question, values: Mapping[str, Any]) -> None:
    for name in WRITTEN:
        if name in values:
            setattr(question, name, values[name])
    if question.parent_id == question.pk:
        question.parent = None


def _draft(question: Question, user: User, now: datetime) -> None:
    content = {name: str(getattr(question, name) or "") for name in WRITTEN}
    keep_draft(kind="question", key=question.pk, actor=user.actor, now=now, content=content)


@transaction.atomic
def take_step(
    *,
    question: Question,
    action: str,
    user: User,
    now: datetime,
    reason: str = "",
    target: Question | None = None,
    version: int | None = None,
) -> None:
    """Propose, register, make a priority, merge, retire …: the steps of the register."""
    changes = {"merged_into": target} if action == "merge" and target is not None else {}
    data = {"target": target.pk} if changes and target is not None else {}
    if action == "prioritise":
        data = {"evidence": content_hash([[row.kind, row.source, row.text] for row in question.evidence.all()])}
    change_state(
        question,
        action,
        user=user,
        now=now,
        given={"target": target},
        reason=reason,
        version=version,
        changes=changes,
        data=data,
    )
    if changes and target is not None:
        _move_over(question, target)


def _move_over(question: Question, target: Question) -> None:
    """What was merged goes on speaking: evidence with a source of its own, formulations, and its own wording."""
    known = set(target.evidence.values_list("source", flat=True))
    question.evidence.exclude(source__in=known).update(question=target)
    question.rivals.update(question=target)
    Rival.objects.create(
        question=target,
        text_zh=question.statement_zh,
        text_en=question.statement_en,
        author=question.author,
        at=question.saved_at,
    )
    question.children.update(parent=target)


@transaction.atomic
def set_owner(*, question: Question, owner: User, review_on: date | None, user: User, now: datetime) -> None:
    """Name who answers for a question and when it is looked at again."""
    _officer(user, question)
    question.owner, question.review_on = owner, review_on
    question.save(update_fields=["owner", "review_on"])
    _note(
        "question.owner", "question", question.pk, user, now, {"owner": owner.actor, "review_on": str(review_on or "")}
    )


@transaction.atomic
def add_evidence(
    *,
    question: Question,
    kind: str,
    text: str,
    source: str,
    user: User,
    now: datetime,
    frozen: Mapping[str, Any] | None = None,
) -> Evidence:
    """Add a piece of evidence; one source counts once.

    Raises
    ------
    NotAllowedError
        If the user is neither officer nor contributor, text or source is empty, or the source is there already.
    """
    roles = roles_of(user, question)
    if not roles & {"officer", "contributor"} or question.is_now.merged:
        raise _refused("只有主管或提出人可以添加证据。", "Officers and contributors add evidence.")
    if not text.strip() or not source.strip():
        raise _refused("请写明证据说明什么、出自何处。", "Say what it shows and where it is from.")
    if question.evidence.filter(source=source.strip()).exists():
        raise _refused("同一来源只计一次。", "One source counts once.")
    made = Evidence.objects.create(
        question=question,
        kind=kind,
        text=text.strip(),
        source=source.strip(),
        frozen=dict(frozen or {}),
        author=user,
        at=now,
    )
    data = {"evidence": content_hash([made.kind, made.source, made.text, made.frozen])}
    _note("question.evidence", "question", question.pk, user, now, data)
    return made


@transaction.atomic
def add_rival(*, question: Question, text_zh: str, text_en: str, user: User, now: datetime) -> Rival:
    """Put another formulation beside a question: officers, its contributor, invited scientists."""
    if not roles_of(user, question) & {"officer", "contributor", "scientist"} or question.is_now.merged:
        raise _refused("您不能在此添加表述。", "You cannot add a formulation here.")
    if not text_zh.strip():
        raise _refused("请填写表述。", "Write the formulation.")
    made = Rival.objects.create(
        question=question, text_zh=text_zh.strip(), text_en=text_en.strip(), author=user, at=now
    )
    _note("question.rival", "question", question.pk, user, now, {"text": content_hash([made.text_zh, made.text_en])})
    return made


def near_duplicates(question: Question, others: Collection[Question]) -> list[tuple[Question, float]]:
    """Return the questions that share at least half of their terms with one, the closest first."""
    own = _terms(question)
    found = []
    for other in others:
        if other.pk != question.pk:
            terms = _terms(other)
            share = len(own & terms) / max(min(len(own), len(terms)), 1)
            if share >= ALIKE and len(own & terms) >= PIECES:
                found.append((other, share))
    return sorted(found, key=lambda pair: -pair[1])[:5]


def _terms(question: Question) -> set[str]:
    return set(tokens(question.title_zh)) | set(tokens(question.title_en))


@transaction.atomic
def plan_consultation(
    *, agency: Organisation, title_zh: str, title_en: str, closes_on: date | None, user: User, now: datetime
) -> Consultation:
    """Prepare a round."""
    if not has_role(user, Role.OFFICER, agency.pk):
        raise _refused("只有主管可以发起征求意见。", "Officers prepare a consultation.")
    made = Consultation.objects.create(
        agency=agency, title_zh=title_zh, title_en=title_en, closes_on=closes_on, created_at=now
    )
    _note("consultation.plan", "consultation", made.pk, user, now, {})
    return made


@transaction.atomic
def fill_consultation(
    *, consultation: Consultation, questions: Collection[Question], emails: Collection[str], user: User, now: datetime
) -> None:
    """Choose its questions and invite scientists by the address of their account, before it opens.

    Raises
    ------
    NotAllowedError
        If the round has begun or an address belongs to no account; the addresses are named and nothing is changed.
    """
    if "officer" not in roles_of(user, consultation) or not consultation.is_now.preparing:
        raise _refused("开始之后不能再改。", "It cannot be changed once it has begun.")
    people = list(User.objects.filter(email__in=[email.lower() for email in emails]))
    missing = {email.lower() for email in emails} - {person.email.lower() for person in people}
    if missing:
        named = ", ".join(sorted(missing))
        raise _refused(f"以下地址没有账号：{named}", f"No account has these addresses: {named}")
    consultation.questions.set(q for q in questions if q.agency_id == consultation.agency_id)
    consultation.invited.set(people)
    data = {"questions": sorted(q.pk for q in questions), "invited": sorted(person.actor for person in people)}
    _note("consultation.fill", "consultation", consultation.pk, user, now, data)


@transaction.atomic
def move_consultation(*, consultation: Consultation, action: str, user: User, now: datetime) -> None:
    """Open, close or publish a round; it is published only when every comment has its answer."""
    change_state(consultation, action, user=user, now=now)


@transaction.atomic
def comment(*, consultation: Consultation, question: Question | None, text: str, user: User, now: datetime) -> Comment:
    """Comment on an open round; nobody's comment can be removed."""
    if not consultation.is_now.collecting or "member" not in roles_of(user, consultation) or user.seen_by:
        raise _refused("征求意见尚未开始或已经截止。", "The round is not open.")
    if not text.strip():
        raise _refused("请填写意见。", "Write your comment.")
    if question is not None and not consultation.questions.filter(pk=question.pk).exists():
        raise _refused("该问题不在本轮之中。", "This question is not part of the round.")
    made = Comment.objects.create(consultation=consultation, question=question, author=user, text=text.strip(), at=now)
    _note("consultation.comment", "consultation", consultation.pk, user, now, {"text": content_hash(made.text)})
    return made


@transaction.atomic
def answer(*, comment: Comment, text: str, taken_up: bool, user: User, now: datetime) -> None:
    """Answer a comment, saying whether it was taken up; until the round is published the answer may be mended."""
    consultation = comment.consultation
    if "officer" not in roles_of(user, consultation) or not (
        consultation.is_now.collecting or consultation.is_now.answering
    ):
        raise _refused("只有主管在公布之前答复。", "Officers answer, until the round is published.")
    if not text.strip():
        raise _refused("请填写答复。", "Write the answer.")
    comment.answer, comment.taken_up, comment.answered_by, comment.answered_at = text.strip(), taken_up, user, now
    comment.save(update_fields=["answer", "taken_up", "answered_by", "answered_at"])
    data = {"comment": comment.pk, "taken_up": taken_up, "text": content_hash(comment.answer)}
    _note("consultation.answer", "consultation", consultation.pk, user, now, data)


@transaction.atomic
def vote(*, consultation: Consultation, question: Question, importance: int, user: User, now: datetime) -> None:
    """Say how important a question is (1 to 5): invited scientists, while the round is open."""
    if not consultation.is_now.collecting or "scientist" not in roles_of(user, consultation):
        raise _refused("只有受邀科学家可以在征求意见期间投票。", "Invited scientists vote while the round is open.")
    if importance not in range(1, 6) or not consultation.questions.filter(pk=question.pk).exists():
        raise _refused("请选择 1 至 5。", "Choose 1 to 5.")
    Vote.objects.update_or_create(
        consultation=consultation, question=question, voter=user, defaults={"importance": importance, "at": now}
    )
    _note("consultation.vote", "consultation", consultation.pk, user, now, {"question": question.pk})


def _officer(user: User, question: Question) -> None:
    if "officer" not in roles_of(user, question):
        raise _refused("只有主管可以这样做。", "Only an officer may do this.")


def _refused(zh: str, en: str) -> NotAllowedError:
    return NotAllowedError(LocalText(zh, en), code="directions.order")


def _note(act: str, kind: str, key: str, user: User, now: datetime, data: Mapping[str, object]) -> None:
    append(at=now, actor=user.actor, act=act, kind=kind, key=key, data=data)
