"""Watches the database while tests run: no app writes to a guarded table without a ledger entry in that transaction.

The static twin is ``tests/architecture/test_ledger_paths.py``; what has a reason there has it here. Every outermost
``atomic`` block that an app opens counts as a transaction (the one that a test opens around itself does not); a write
outside any block is a transaction of its own. What a test writes by itself is not watched.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from django.db import connections
from django.db.transaction import Atomic, get_connection

import yuantou
from tests.architecture.test_ledger_paths import REASONS

SOURCE = str(Path(yuantou.__file__).parent)
APPS = SOURCE + "/apps/"
WRITE = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "?(\w+)"?', re.IGNORECASE)
LEDGER = {"audit_entry", "audit_draft"}
UNGUARDED = {
    *("audit_treestate", "audit_subtree", "audit_treehead"),  # the ledger's own
    *("django_session", "django_admin_log", "django_content_type", "django_tasks_database_dbtaskresult"),
    *("account_emailaddress", "account_emailconfirmation", "mfa_authenticator"),  # signing in
    *("workflow_effect", "workflow_letter", "workflow_undowindow"),  # that something was done stands beside it
    *("jobs_job", "files_storedfile"),  # progress; content by its hash
}


@dataclass
class Block:
    """A transaction, or a savepoint inside one."""

    writes: list[str] = field(default_factory=list)
    entered: bool = False


@dataclass
class Watch:
    """What was found; ``blocks`` are the open ones of a thread's connection."""

    found: list[str] = field(default_factory=list)
    blocks: dict[int, list[Block]] = field(default_factory=dict)

    def open(self, connection: Any) -> list[Block]:
        """Return the open blocks of a connection."""
        return self.blocks.setdefault(id(connection), [])

    def executed(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Note a write, after it was carried out."""
        result = execute(sql, params, many, context)
        written = WRITE.match(sql)
        if written and context["cursor"].rowcount != 0:
            self._note(written[1], context["connection"])
        return result

    def _note(self, table: str, connection: Any) -> None:
        stack = self.open(connection)
        if table in LEDGER:
            for block in stack[-1:]:
                block.entered = True
            return
        writer = None if table in UNGUARDED else app_writing(sys._getframe())
        if writer is None:
            return
        if stack:
            stack[-1].writes.append(f"{writer} wrote {table}")
        else:
            self.found.append(f"{writer} wrote {table} outside a transaction")

    def entering(self, connection: Any) -> None:
        """A block opens."""
        self.open(connection).append(Block())

    def leaving(self, connection: Any, kept: bool) -> None:
        """A block ends: its writes count in the block around it, or are judged if there is none."""
        stack = self.open(connection)
        block = stack.pop()
        if not kept:
            return
        if stack:
            stack[-1].writes += block.writes
            stack[-1].entered |= block.entered
        elif block.writes and not block.entered:
            self.found += block.writes


def app_writing(frame: FrameType | None) -> str | None:
    """Return the function of an app that writes, unless a test writes by itself or there is a reason."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(APPS):
            name = f"{file[len(APPS) : -3].replace('/', '.')}.{frame.f_code.co_qualname}"
            return None if any(name.startswith(reason) for reason in REASONS) or "migrations" in name else name
        if "/tests/" in file and "site-packages" not in file and not file.endswith("watch.py"):
            return None
        frame = frame.f_back
    return None


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch every connection of this process that is there already; the default one always is."""
    watch, enter, leave = Watch(), Atomic.__enter__, Atomic.__exit__

    def opens(self: Atomic) -> None:
        enter(self)
        if not getattr(self, "_from_testcase", False):
            watch.entering(get_connection(self.using))

    def closes(
        self: Atomic, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection = get_connection(self.using)
        if not getattr(self, "_from_testcase", False) and watch.open(connection):
            watch.leaving(connection, kept=kind is None and not connection.needs_rollback)
        leave(self, kind, value, trace)

    Atomic.__enter__, Atomic.__exit__ = opens, closes  # type: ignore[method-assign]
    try:
        with connections["default"].execute_wrapper(watch.executed):
            yield watch
    finally:
        Atomic.__enter__, Atomic.__exit__ = enter, leave  # type: ignore[method-assign]
