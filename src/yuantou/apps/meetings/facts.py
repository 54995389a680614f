"""What opens the acts of a meeting and of the items of its agenda; the words stand in the programme types."""

from yuantou.apps.links import link_to
from yuantou.apps.meetings.models import AgendaItem, Meeting
from yuantou.apps.workflow.facade import Case, Lacking, announces, corresponds, knows, provides, takes
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText

takes("meeting", "open", "close")
takes("agenda_item", "take", "close")
announces("meeting", "seated")
knows("role", "panel")


def _says(meeting: Meeting, language: str) -> dict[str, str]:
    call = meeting.call
    return {
        "call": LocalText(call.title_zh, call.title_en).in_language(language),
        "time": print_instant(meeting.starts_at, call.time_zone),
        "link": link_to("meetings:meeting", meeting.pk),
    }


corresponds(Meeting, says=_says, words=("call", "time", "link"), zone=lambda meeting: meeting.call.time_zone)


@provides("quorum", "meeting", "agenda_item")
def _quorum(case: Case) -> bool | Lacking:
    """Whoever must leave the room for an item does not count for it."""
    record, item = case.record, isinstance(case.record, AgendaItem)
    meeting = record.meeting if item else record
    here = meeting.seats.filter(present_at__isnull=False)
    n = (here.exclude(absences__item=record) if item else here).count()
    return n >= meeting.quorum or Lacking(
        LocalText(
            f"可参加的在场委员 {n} 人，法定人数 {meeting.quorum} 人。",
            f"Members in the room who may take part: {n}; the quorum is {meeting.quorum}.",
        )
    )


@provides("agenda", "meeting")
def _agenda(case: Case) -> bool:
    return bool(case.record.items.exists())


@provides("items_settled", "meeting")
def _items_settled(case: Case) -> bool | Lacking:
    left = case.record.items.exclude(state__means="settled").count()
    return not left or Lacking(
        LocalText(f"尚有 {left} 项议题未议决。", f"Items of the agenda not settled yet: {left}.")
    )


@provides("meeting_open", "agenda_item")
def _meeting_open(case: Case) -> bool:
    return bool(case.record.meeting.is_now.in_session)


@provides("one_at_a_time", "agenda_item")
def _one_at_a_time(case: Case) -> bool:
    return not case.record.meeting.items.filter(state__means="under_discussion").exists()


@provides("counted", "agenda_item")
def _counted(case: Case) -> bool | Lacking:
    """Without any vote the list stays as it was; a vote counts once a quorum has voted."""
    voted, quorum = len(case.record.box), case.record.meeting.quorum
    return not 0 < voted < quorum or Lacking(
        LocalText(f"已投 {voted} 票，不足法定人数 {quorum}。", f"{voted} voted; the quorum is {quorum}."),
        code="meeting.order",
    )
