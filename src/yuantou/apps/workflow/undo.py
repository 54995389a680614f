"""Undoing a change of state: by the person who made it, for as long as the type allows, before its letter leaves."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction

from yuantou.apps.workflow.domain import change_state
from yuantou.apps.workflow.facts import ANY, SYSTEM, Case, posts, provides
from yuantou.apps.workflow.models import Letter, LetterState, UndoWindow
from yuantou.engines.workflow import UNDO_OPEN, Transition
from yuantou.kernel.errors import NotAllowedError, StaleError


def open_window(key: str, user: Any, *, now: datetime) -> UndoWindow | None:
    """Return what a person may still undo on a record: the last thing that happened to it, if it was that person's."""
    last = UndoWindow.objects.filter(key=key, user=user, until__gt=now).order_by("cause").last()
    return last if last and record_of(last).version == last.version else None


def record_of(window: UndoWindow) -> Any:
    """Return the record that was changed."""
    return apps.get_model(window.record)._default_manager.get(pk=window.key)


def way_back(window: UndoWindow) -> Transition:
    """Return the transition that a window lets its person take."""
    way: Transition = record_of(window).programme.machine(window.machine).transition(window.way_back)
    return way


@transaction.atomic
def undo(*, window: UndoWindow, user: Any, now: datetime) -> None:
    """Put a record back where it came from and drop the letter that told otherwise.

    Raises
    ------
    NotAllowedError
        If time is up, something has happened since, somebody else did it, or a letter is on its way already.
    """
    record = record_of(window)
    Letter.objects.filter(cause=window.cause, state=LetterState.QUEUED).update(state=LetterState.DROPPED)
    data, given = {"undoes": window.cause}, {"window": window}
    change_state(record, window.way_back, user=user, now=now, given=given, data=data)


posts(ANY, "window")


@provides(UNDO_OPEN, ANY)
def _undo_open(case: Case) -> bool:
    """The same person, in time, with nothing changed since and no letter on its way."""
    window, record = case.given.get("window"), case.record
    if window is None:
        return False
    ours = (window.record, window.key) == (record._meta.label_lower, str(record.pk))
    untold = not Letter.objects.filter(cause=window.cause).exclude(state=LetterState.DROPPED).exists()
    own = case.user != SYSTEM and window.user_id == case.user.pk
    return bool(ours and untold and own and case.now < window.until and record.version == window.version)


def open_windows(machine: str, user: Any, *, now: datetime) -> list[UndoWindow]:
    """Return everything of a kind that a person may still undo, the latest of each record (two queries)."""
    rows = UndoWindow.objects.filter(user=user, machine=machine, until__gt=now).order_by("cause")
    latest = {row.key: row for row in rows}
    if not latest:
        return []
    model = apps.get_model(next(iter(latest.values())).record)
    versions = dict(model._default_manager.filter(pk__in=latest).values_list("pk", "version"))
    return [row for key, row in latest.items() if versions.get(key) == row.version]


def undo_many(*, machine: str, user: Any, now: datetime) -> tuple[int, int]:
    """Undo all that a person may still undo of a kind; return how many were, and how many something had overtaken."""
    done = left = 0
    for window in open_windows(machine, user, now=now):
        try:
            undo(window=window, user=user, now=now)
        except (NotAllowedError, StaleError):
            left += 1
        else:
            done += 1
    return done, left
