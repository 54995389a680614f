"""Asking somebody else to write and sign a part of a proposal: the named recommendation of the non-consensus route.

The applicant names a person by address; the person reads the section in which the field stands, writes, and signs under
the own name. The text enters the proposal when it is submitted and is sealed with it. Its signature is bound by a hash
to what the writer read: once that changes, it has to be given again.
"""

from datetime import datetime

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append
from yuantou.apps.calls.facade import appointed_holders, refuse_broken
from yuantou.apps.links import link_to
from yuantou.apps.proposals.domain import current_organisations
from yuantou.apps.proposals.holders import solving_holders
from yuantou.apps.proposals.models import Proposal, Statement, StatementState
from yuantou.apps.proposals.statements import seen_now, written_by_others
from yuantou.apps.registry.facade import houses_of
from yuantou.apps.workflow.facade import Recipient, announce, only, roles_of, stale
from yuantou.engines.workflow import Field, Holder
from yuantou.kernel.errors import InputError, NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText


@transaction.atomic
def ask_statement(*, proposal: Proposal, field: str, email: str, user: User, now: datetime) -> Statement:
    """Ask somebody by address to write and sign a field; whoever else was asked before is asked no longer.

    Raises
    ------
    InputError
        If it is the applicant's own address, or nobody else writes this field.
    """
    only(user, proposal, "applicant", when=("editable",))
    email = email.strip().lower()
    if email in {user.email.lower(), proposal.applicant.email.lower()}:
        raise InputError(
            LocalText("不能由申请人自己推荐。", "Nobody recommends the own proposal."), code="statement.self"
        )
    _field_of(proposal, field)
    made = proposal.statements.filter(field=field, email=email).first()
    if made is None:
        drop_statement(proposal=proposal, field=field, user=user, now=now)
        made = Statement.objects.create(proposal=proposal, field=field, email=email, asked_at=now)
    data = {"statement": made.pk, "field": field}
    append(at=now, actor=user.actor, act="statement.ask", kind="proposal", key=proposal.pk, data=data)
    announce(
        "statement_asked",
        proposal,
        now=now,
        once=f"{made.pk}:{seen_now(proposal, field)}",
        to=[Recipient(email, user.language, name=str(user))],
        says={"link": link_to("proposals:statement", made.pk)},
    )
    return made


def _field_of(proposal: Proposal, field_id: str) -> Field:
    for _section, field in written_by_others(proposal.programme):
        if field.id == field_id:
            return field
    raise InputError(LocalText("此内容由申请人填写。", "The applicant writes this."), code="statement.field")


@transaction.atomic
def drop_statement(*, proposal: Proposal, field: str, user: User, now: datetime) -> None:
    """Ask nobody any longer for a field; a statement already signed is not used."""
    only(user, proposal, "applicant", when=("editable",))
    for old in proposal.statements.filter(field=field):
        data = {"statement": old.pk, "field": field}
        append(at=now, actor=user.actor, act="statement.drop", kind="proposal", key=proposal.pk, data=data)
        old.delete()


@transaction.atomic
def sign_statement(*, statement: Statement, text: str, seen_hash: str, user: User, now: datetime) -> None:
    """Sign a statement under one's name, for exactly what one has read.

    Raises
    ------
    NotAllowedError
        If somebody else was asked, the proposal has been submitted, or the type keeps the writer apart from whoever
        stands behind the proposal or handles it.
    InputError
        If there is no text, or too much.
    StaleError
        If the proposal has changed since ``seen_hash`` was read.
    """
    statement, proposal = _asked(statement, user)
    field = _field_of(proposal, statement.field)
    text = text.strip().replace("\r\n", "\n")
    if not text or len(text) > (field.max_length or len(text)):
        raise InputError(
            LocalText(f"请写 1 至 {field.max_length} 字。", f"Please write 1 to {field.max_length} characters."),
            code="statement.length",
        )
    if seen_hash != seen_now(proposal, field.id):
        raise stale()
    _refuse_partial(proposal, field, user)
    person = user.person
    assert person is not None
    home = current_organisations(person).first()
    names = " ".join(name for name in (person.name_zh, person.name_en) if name)
    place = f" ({home})" if home else ""
    statement.text, statement.seen_hash, statement.person = text, seen_hash, person
    statement.signed_as = f"{names}{place}, {print_instant(now, proposal.call.time_zone)[:10]}"
    statement.state, statement.answered_at = StatementState.SIGNED, now
    statement.save()
    data = {"statement": statement.pk, "field": field.id, "seen": seen_hash, "text": content_hash(text)}
    append(at=now, actor=user.actor, act="statement.sign", kind="proposal", key=proposal.pk, data=data)


@transaction.atomic
def refuse_statement(*, statement: Statement, user: User, now: datetime) -> None:
    """Decline to write; the applicant sees it and may ask somebody else."""
    statement, proposal = _asked(statement, user)
    statement.state, statement.answered_at, statement.text = StatementState.REFUSED, now, ""
    statement.save(update_fields=["state", "answered_at", "text"])
    data = {"statement": statement.pk, "field": statement.field}
    append(at=now, actor=user.actor, act="statement.refuse", kind="proposal", key=proposal.pk, data=data)


def _asked(statement: Statement, user: User) -> tuple[Statement, Proposal]:
    rows = Statement.objects.select_for_update(of=("self",))
    statement = rows.select_related("proposal__call__programme_type", "proposal__applicant").get(pk=statement.pk)
    if statement.email != user.email.lower() or user.person_id is None or user.seen_by:
        raise NotAllowedError(
            LocalText("此请求不是发给您的。", "This was asked of somebody else."), code="statement.other"
        )
    if not statement.proposal.is_now.editable:
        raise NotAllowedError(
            LocalText("申请书已提交。", "The proposal has been submitted."), code="statement.too_late"
        )
    return statement, statement.proposal


def _refuse_partial(proposal: Proposal, field: Field, user: User) -> None:
    """Whoever takes part or handles the call cannot vouch for it; nor can those whom the type keeps apart."""
    if roles_of(user, proposal) & {"applicant", "member", "declined_member", "officer", "signatory"}:
        raise NotAllowedError(
            LocalText("参与申请或经办通知的人不能推荐。", "Who takes part or handles the call cannot recommend."),
            code="statement.partial",
        )
    assert user.person is not None
    asked = Holder(field.writer, user.person.pk, houses_of([user.person])[user.person.pk])
    refuse_broken(proposal.call, [*solving_holders(proposal), *appointed_holders(proposal.call)], by=asked)
