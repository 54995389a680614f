"""The draw of a list: two parties commit to secrets, the entries are frozen, both reveal, the draw is held.

A secret that is lost leaves nothing stuck: a pulse of a public beacon, named before it exists, takes its place.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append
from yuantou.apps.decisions import domain
from yuantou.apps.decisions.models import Decision, Draw, Outcome
from yuantou.apps.proposals.facade import refuse_own_call
from yuantou.apps.workflow.facade import roles_of
from yuantou.engines.selection import by_beacon, by_reveal, commit, hold_draw
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

PARTIES: Final = ("officer", "signatory")
AHEAD: Final = timedelta(minutes=1)
"""How long before its publication a pulse must be named."""


@transaction.atomic
def commit_secret(*, draw: Draw, party: str, secret: str, user: User, now: datetime) -> None:
    """Commit to a secret before the freeze; only its hash is kept, the person keeps the secret.

    Raises
    ------
    NotAllowedError
        If the entries are frozen, or the person is not this party, or is the other party as well.
    InputError
        If the secret is short enough to be guessed.
    """
    draw = _locked(draw)
    _party_only(draw, party, user)
    if draw.frozen_at:
        raise _refused("名单已冻结，不能再承诺。", "The entries are frozen; it is too late to commit.")
    draw.commitments[party], draw.parties[party] = commit(secret), user.pk
    draw.save(update_fields=["commitments", "parties"])
    _note("draw.commit", draw, user, now, {"party": party, "commitment": draw.commitments[party]})


@transaction.atomic
def freeze(*, draw: Draw, user: User, now: datetime) -> None:
    """Freeze the entries once both parties have committed; from here on nothing but the secrets decides."""
    draw = _locked(draw)
    _party_only(draw, "officer", user)
    if draw.frozen_at or set(draw.commitments) != set(PARTIES):
        raise _refused(
            "双方承诺之后才能冻结名单，且只冻结一次。", "Entries are frozen once, after both have committed."
        )
    draw.frozen_at = now
    draw.save(update_fields=["frozen_at"])
    data = {"entries": draw.frozen["entries_hash"], "commitments": draw.commitments}
    _note("draw.freeze", draw, user, now, data)


@transaction.atomic
def reveal(*, draw: Draw, party: str, secret: str, user: User, now: datetime) -> None:
    """Reveal what one committed to; the draw is held with the last secret.

    Raises
    ------
    NotAllowedError
        If the entries are not frozen, or the secret is not the one committed to; it may be typed again.
    """
    draw = _locked(draw)
    _party_only(draw, party, user)
    if not draw.frozen_at or draw.held or draw.fallback:
        raise _refused("名单冻结之后、抽签之前才能揭示。", "Secrets are revealed after the freeze and before the draw.")
    if len(secret) < 32 or commit(secret) != draw.commitments[party]:
        raise _refused("与先前的承诺不符，请重新输入。", "This is not what was committed to; please type it again.")
    draw.secrets[party] = secret
    draw.save(update_fields=["secrets"])
    _note("draw.reveal", draw, user, now, {"party": party})
    if set(draw.secrets) == set(PARTIES):
        _hold(draw, by_reveal(draw.commitments, draw.secrets), user, now)


@transaction.atomic
def declare_lost(
    *, draw: Draw, reason: str, beacon: str, pulse: str, due_at: datetime, user: User, now: datetime
) -> None:
    """Declare that a secret is lost: the seed will come from a pulse of a public beacon that is named before it exists.

    Whoever reveals last could see the result and then claim a loss. So the declaration names the party, needs a reason,
    happens once, stands in the ledger and in the record, and is followed by a draw that nobody can foresee.

    Raises
    ------
    NotAllowedError
        If the entries are not frozen, the draw is held, or a loss is declared already; if reason or pulse is missing;
        or if the pulse would be published within the next minute, and so might be known.
    """
    draw = _locked(draw)
    _party_only(draw, "officer", user)
    if not draw.frozen_at or draw.held or draw.fallback:
        raise _refused(
            "名单冻结之后、抽签之前可声明一次。", "A loss is declared once, after the freeze, before the draw."
        )
    if not reason.strip() or not beacon.strip() or not pulse.strip().isdigit():
        raise _refused("请写明理由、信标和轮次。", "Give a reason, the beacon and the number of its pulse.")
    if due_at < now + AHEAD:
        raise _refused("该轮次可能已公开，请选更晚的轮次。", "That pulse may be known already; choose a later one.")
    lost = sorted(set(PARTIES) - set(draw.secrets))
    draw.fallback = {
        "lost": lost, "reason": reason.strip(), "beacon": beacon.strip(), "pulse": int(pulse),
        "due_at": due_at.isoformat(), "values": {},
    }  # fmt: skip
    draw.save(update_fields=["fallback"])
    data = {"lost": lost, "beacon": beacon.strip(), "pulse": int(pulse), "due_at": due_at.isoformat()}
    _note("draw.lost", draw, user, now, data | {"reason_hash": content_hash(reason.strip())})


@transaction.atomic
def enter_pulse(*, draw: Draw, party: str, value: str, user: User, now: datetime) -> None:
    """Enter the value of the pulse; once both parties entered the same, the draw is held with it.

    Raises
    ------
    NotAllowedError
        If no loss is declared, the pulse is not out yet, the value is no such value, or the two differ.
    """
    draw, text = _locked(draw), value.strip().lower()
    _party_only(draw, party, user)
    if not draw.fallback or draw.held or now < datetime.fromisoformat(draw.fallback["due_at"]):
        raise _refused("信标该轮次尚未公布。", "The pulse is not published yet.")
    if len(text) < 32 or set(text) - set("0123456789abcdef"):
        raise _refused("应为至少 32 位十六进制数。", "This is a number of at least 32 hexadecimal digits.")
    others = {entered for name, entered in draw.fallback["values"].items() if name != party}
    if others and others != {text}:
        raise _refused("与另一方录入的数值不同，请双方核对。", "The other party entered another value; compare both.")
    draw.fallback["values"][party] = text
    draw.save(update_fields=["fallback"])
    _note("draw.pulse", draw, user, now, {"party": party, "value": text})
    if set(draw.fallback["values"]) == set(PARTIES):
        told = draw.fallback
        due = datetime.fromisoformat(told["due_at"])
        _hold(draw, by_beacon(told["beacon"], told["pulse"], due, text), user, now)


def _hold(draw: Draw, source: dict[str, Any], user: User, now: datetime) -> None:
    assert draw.frozen_at is not None
    draw.document = hold_draw(draw.frozen, frozen_at=draw.frozen_at, source=source)
    draw.save(update_fields=["document"])
    awarded = set(draw.document["awarded"])
    rows = list(draw.decision_list.decisions.filter(outcome=Outcome.DRAW).select_related("proposal"))
    for row in rows:
        _settle(row, row.proposal_id in awarded)
    fields = ["by_rule", "outcome", "amount", "reason_zh", "reason_en"]
    Decision.objects.bulk_update(rows, fields, batch_size=500)
    data = {"result": draw.document["result_hash"], "content": domain.seal(draw.decision_list)}
    _note("draw.hold", draw, user, now, data)


def _settle(row: Decision, drawn: bool) -> None:
    row.by_rule = row.outcome = Outcome.FUND if drawn else Outcome.DECLINE
    row.amount = row.proposal.requested if drawn else None
    row.reason_zh += "中签。" if drawn else "未中签。"
    row.reason_en += " Drawn." if drawn else " Not drawn."


def _locked(draw: Draw) -> Draw:
    rows = Draw.objects.select_for_update(of=("self",)).select_related("decision_list__call__programme_type")
    return rows.get(pk=draw.pk)


def parties_of(draw: Draw, user: User) -> list[str]:
    """Return as whom a person may take part: one party only, and not where somebody else has committed."""
    taken = {party: key for party, key in draw.parties.items() if key == user.pk}
    roles = roles_of(user, draw.decision_list)
    return [party for party in PARTIES if party in roles and (not taken or party in taken)]


def _party_only(draw: Draw, party: str, user: User) -> None:
    refuse_own_call(user, draw.decision_list.call)
    other = draw.parties.get(party, user.pk) != user.pk
    if not draw.decision_list.is_now.drafted or party not in parties_of(draw, user) or other:
        raise _refused("您不是这一方。", "You are not this party of the draw.")


def _refused(zh: str, en: str) -> NotAllowedError:
    return NotAllowedError(LocalText(zh, en), code="draw.order")


def _note(act: str, draw: Draw, user: User, now: datetime, data: dict[str, Any]) -> None:
    append(at=now, actor=user.actor, act=act, kind="decision_list", key=draw.decision_list_id, data=data)
