"""Who a person is, proved independently: what a programme type may ask for before a first assignment."""

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from yuantou.apps.accounts.models import IdentityProof, ProofKind, Role, User
from yuantou.apps.accounts.rules import has_role, organisations_of
from yuantou.apps.audit.facade import append
from yuantou.apps.registry.models import Person
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText


def proofs_of(person: Person) -> set[str]:
    """Return the kinds of independent proof of a person's identity.

    Signing in with the ORCID iD of the record counts by itself. Two proofs of one hand are one, and nobody proves
    oneself.
    """
    hands: dict[int, str] = {}
    for proof in person.proofs.select_related("given_by").order_by("pk"):
        if proof.given_by.person_id != person.pk:
            hands.setdefault(proof.given_by_id, proof.kind)
    found = set(hands.values())
    if (
        person.orcid
        and SocialAccount.objects.filter(
            user__person=person, provider="orcid", uid=person.orcid, user__is_active=True
        ).exists()
    ):
        found.add(ProofKind.ORCID)
    return found


def may_confirm(user: User, person: Person) -> ProofKind | None:
    """Return as what somebody may confirm a person: as research office of an institution of theirs, or as officer."""
    if user.person_id == person.pk or user.seen_by:
        return None
    if any(has_role(user, Role.INSTITUTION, stay.organisation_id) for stay in person.affiliations.all()):
        return ProofKind.INSTITUTION
    return ProofKind.OFFICER if organisations_of(user, Role.OFFICER).exists() else None


@transaction.atomic
def confirm_identity(*, person: Person, source: str, user: User, now: datetime) -> IdentityProof:
    """Record that one knows who a person is, and from what.

    Raises
    ------
    NotAllowedError
        If the user is neither of the person's research office nor an officer, or says nothing of how it was checked.
    """
    kind = may_confirm(user, person)
    if kind is None:
        raise NotAllowedError(LocalText("您不能核实此人身份。", "You cannot confirm who this person is."))
    if not source.strip():
        raise NotAllowedError(
            LocalText("请写明如何核实。", "Please say how it was checked."), code="not_allowed.reason"
        )
    values = {"source": source.strip(), "given_by": user, "at": now}
    proof, _new = IdentityProof.objects.update_or_create(person=person, kind=kind, defaults=values)
    data = {"kind": str(kind), "source": content_hash([person.pk, now.isoformat(), source])}
    append(at=now, actor=user.actor, act="person.identify", kind="person", key=person.pk, data=data)
    return proof
