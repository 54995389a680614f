"""An embedded test database that is migrated once for each state of the migrations, and copied from then on."""

import hashlib
import os
import sqlite3
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "var" / "test-database"


def copy_instead_of_migrating(connection: Any) -> None:
    """Let Django's test database in memory begin as a copy of the migrated one, and leave such a copy behind."""
    template = migrated()
    name_only, create = connection.creation._create_test_db, connection.creation.create_test_db

    def named(*args: Any, **kwargs: Any) -> str:
        name: str = name_only(*args, **kwargs)
        if template.exists():
            opened = sqlite3.connect(name, uri=True)
            connection.copied = opened  # a database in memory lives while somebody holds it
            with sqlite3.connect(template) as migrated:
                migrated.backup(opened)
        return name

    def created(*args: Any, **kwargs: Any) -> str:
        name: str = create(*args, **kwargs)
        if not template.exists():
            FOLDER.mkdir(parents=True, exist_ok=True)
            fresh = template.with_suffix(f".{os.getpid()}")
            with sqlite3.connect(fresh) as copy:
                connection.connection.backup(copy)
            fresh.replace(template)
        return name

    connection.creation._create_test_db, connection.creation.create_test_db = named, created


def migrated() -> Path:
    """Return where the migrated database stands or will stand: named by all migrations and versions."""
    files = [*sorted(ROOT.glob("src/yuantou/apps/*/migrations/*.py")), ROOT / "requirements" / "runtime.lock"]
    parts = [path.read_bytes() for path in files]
    state = hashlib.sha256(b"\0".join([sqlite3.sqlite_version.encode(), *parts])).hexdigest()[:16]
    return FOLDER / f"{state}.sqlite3"
