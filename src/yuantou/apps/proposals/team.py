"""Participants and attached files of a proposal that is being written."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append
from yuantou.apps.files.facade import store
from yuantou.apps.links import link_to
from yuantou.apps.proposals.enclosures import PDF, safe_name, sniff, without_metadata
from yuantou.apps.proposals.models import Attachment, Member, MemberState, Proposal
from yuantou.apps.workflow.facade import Recipient, announce, only
from yuantou.connectors.pdf_files import unseen_text, written_anew
from yuantou.engines.text.instructions import find_instructions
from yuantou.kernel.errors import InputError, NotAllowedError
from yuantou.kernel.local_text import LocalText

MAX_MEMBERS = 20
MAX_FILES = 10


@transaction.atomic
def invite_member(*, proposal: Proposal, email: str, role: str, user: User, now: datetime) -> Member:
    """Invite a participant by address. Whether an account stands behind it is never told; one letter per address.

    Raises
    ------
    InputError
        If it is the applicant's own address or there are too many participants.
    """
    only(user, proposal, "applicant", when=("editable",))
    email = email.strip().lower()
    if email in {user.email.lower(), proposal.applicant.email.lower()}:
        raise InputError(LocalText("申请人无需邀请自己。", "The applicant takes part anyway."), code="member.self")
    if proposal.members.count() >= MAX_MEMBERS:
        raise InputError(
            LocalText(f"参与者不超过 {MAX_MEMBERS} 人。", f"At most {MAX_MEMBERS} participants."),
            code="member.too_many",
        )
    member, created = Member.objects.get_or_create(
        proposal=proposal, email=email, defaults={"role": role, "invited_at": now}
    )
    if created:
        append(
            at=now, actor=user.actor, act="member.invite", kind="proposal", key=proposal.pk, data={"member": member.pk}
        )
    _write_to_member(member, user, now)
    return member


def _write_to_member(member: Member, user: User, now: datetime) -> None:
    announce(
        "member_named",
        member.proposal,
        now=now,
        once="invitation",
        to=[Recipient(member.email, user.language, name=str(user))],
        says={"link": link_to("proposals:invitation", member.pk)},
    )


@transaction.atomic
def answer_invitation(*, member: Member, user: User, confirm: bool, now: datetime) -> None:
    """Confirm or decline taking part; the same answer twice is one answer.

    Raises
    ------
    NotAllowedError
        If the invitation went to somebody else, or the proposal is no longer being written.
    """
    member = (
        Member.objects.select_for_update(of=("self",))
        .select_related("proposal__call__programme_type")
        .get(pk=member.pk)
    )
    proposal, answer = member.proposal, MemberState.CONFIRMED if confirm else MemberState.REFUSED
    if member.email != user.email.lower() or (confirm and user.person_id is None):
        raise NotAllowedError(
            LocalText("此邀请不是发给您的。", "This invitation is for somebody else."), code="member.other"
        )
    if member.state == answer:
        return
    if not proposal.is_now.editable:
        raise NotAllowedError(LocalText("申请书已提交。", "The proposal has been submitted."), code="member.too_late")
    if confirm and _takes_part_already(proposal, member, user):
        raise NotAllowedError(LocalText("您已参与此申请。", "You already take part."), code="member.twice")
    member.state, member.answered_at, member.person = answer, now, user.person if confirm else None
    member.save(update_fields=["state", "answered_at", "person"])
    act = "member.confirm" if confirm else "member.decline"
    append(at=now, actor=user.actor, act=act, kind="proposal", key=proposal.pk, data={"member": member.pk})


def _takes_part_already(proposal: Proposal, member: Member, user: User) -> bool:
    twins = proposal.members.filter(person=user.person_id).exclude(pk=member.pk)
    return proposal.applicant_id == user.person_id or twins.exists()


@transaction.atomic
def remove_member(*, member: Member, user: User, now: datetime) -> None:
    """Remove a participant while the proposal is being written."""
    proposal = member.proposal
    only(user, proposal, "applicant", when=("editable",))
    append(at=now, actor=user.actor, act="member.remove", kind="proposal", key=proposal.pk, data={"member": member.pk})
    member.delete()


@transaction.atomic
def attach_file(*, proposal: Proposal, name: str, content: bytes, user: User, now: datetime) -> Attachment:
    """Attach a PDF or PNG, known by its bytes and stored under their hash. The same file twice is attached once.

    Raises
    ------
    InputError
        If the file is something else, carries scripts, is too large, or there are too many.
    """
    only(user, proposal, "applicant", when=("editable",))
    media_type = sniff(content)
    if proposal.attachments.count() >= MAX_FILES:
        raise InputError(LocalText(f"附件不超过 {MAX_FILES} 个。", f"At most {MAX_FILES} files."), code="file.too_many")
    stored = store(_cleaned(content, media_type), media_type=media_type, now=now)
    attachment, created = Attachment.objects.get_or_create(
        proposal=proposal, file=stored, defaults={"name": safe_name(name, media_type), "added_at": now}
    )
    if created:
        data = {"sha256": stored.pk}
        append(at=now, actor=user.actor, act="attachment.add", kind="proposal", key=proposal.pk, data=data)
    return attachment


def _cleaned(content: bytes, media_type: str) -> bytes:
    """Return a file without traces of its maker; refuse a PDF that tells a machine what no reader can see."""
    if media_type != PDF:
        return without_metadata(content, media_type)
    if find_instructions(unseen_text(content)):
        raise InputError(
            LocalText(
                "PDF 中有读者看不见、写给机器的文字。", "This PDF holds text for machines that no reader can see."
            ),
            LocalText("请删去该文字后重新上传。", "Remove that text and attach the file again."),
            code="file.hidden_text",
        )
    return without_metadata(written_anew(content) or content, media_type)


@transaction.atomic
def detach_file(*, attachment: Attachment, user: User, now: datetime) -> None:
    """Take an attached file off; versions already sealed keep naming it by its hash."""
    proposal = attachment.proposal
    only(user, proposal, "applicant", when=("editable",))
    data = {"sha256": attachment.file_id}
    append(at=now, actor=user.actor, act="attachment.remove", kind="proposal", key=proposal.pk, data=data)
    attachment.delete()


def too_large(size: int) -> InputError | None:
    """Return the error for a file above the limit, before its bytes are read into memory."""
    limit = settings.FILE_MAX_BYTES
    if size <= limit:
        return None
    megabytes = limit // (1024 * 1024)
    return InputError(
        LocalText(f"文件超过 {megabytes} MB。", f"The file is larger than {megabytes} MB."), code="file.too_large"
    )
