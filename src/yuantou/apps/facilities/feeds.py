"""Bookings as iCalendar (RFC 5545): the same event keeps its identity when it moves."""

from datetime import datetime

from django.db import transaction
from icalendar import Calendar, Event

from yuantou.apps.accounts.facade import User
from yuantou.apps.facilities.acts import note
from yuantou.apps.facilities.models import Booking, Feed
from yuantou.apps.facilities.models.support import new_secret
from yuantou.apps.facilities.rules import own_bookings
from yuantou.kernel.local_text import LocalText


@transaction.atomic
def renew_feed(*, user: User, now: datetime) -> Feed:
    """Give a calendar address to an account; the one before stops working."""
    row, _made = Feed.objects.update_or_create(user=user, defaults={"secret": new_secret(), "created_at": now})
    note("feed.renew", row, user=user, now=now)
    return row


def calendar_of(user: User, *, language: str, now: datetime, link: str) -> bytes:
    """Return the bookings of an account's requests: one event for each, which stays the same event when it moves."""
    calendar = Calendar()
    calendar.add("prodid", "-//Yuantou//Facilities//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", LocalText("源头机时", "Yuantou facility time").in_language(language))
    rows = own_bookings(user, "live", "done", "cancelled").select_related(
        "request__proposal", "request__facility", "instrument"
    )
    latest = {row.request_id: row for row in sorted(rows, key=lambda row: (not row.is_now.cancelled, row.starts_at))}
    for row in latest.values():
        calendar.add_component(_event(row, language, now, link))
    return bytes(calendar.to_ical())


def _event(row: Booking, language: str, now: datetime, link: str) -> Event:
    proposal, instrument, facility = row.request.proposal, row.instrument, row.request.facility
    event = Event()
    event.add("uid", f"{row.request_id}@yuantou")
    event.add("dtstamp", now)
    event.add("dtstart", row.starts_at)
    event.add("dtend", row.ends_at)
    title = LocalText(proposal.title_zh or proposal.number or "—", proposal.title_en).in_language(language)
    place = LocalText(instrument.name_zh or instrument.code, instrument.name_en).in_language(language)
    event.add("summary", f"{place} · {title}")
    event.add("location", LocalText(facility.name_zh or "—", facility.name_en).in_language(language))
    event.add("status", "TENTATIVE" if row.is_now.announced else "CANCELLED" if row.is_now.cancelled else "CONFIRMED")
    event.add("sequence", row.version)
    event.add("url", link)
    return event
