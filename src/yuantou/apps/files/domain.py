"""Writing and reading content-addressed files."""

import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings

from yuantou.apps.files.models import StoredFile
from yuantou.kernel.errors import InputError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText


def path_of(sha256: str) -> Path:
    """Return where a file lies: two levels of folders keep each folder small."""
    return Path(settings.FILES_DIR) / sha256[:2] / sha256[2:4] / sha256


def store(content: bytes, *, media_type: str, now: datetime, largest: int | None = None) -> StoredFile:
    """Store bytes under their hash; writing is atomic, storing twice is one file.

    What the platform itself writes may be larger than what people may upload: ``largest`` says so, in bytes.

    Raises
    ------
    InputError
        If the file is larger than ``FILE_MAX_BYTES``.
    """
    most = largest or settings.FILE_MAX_BYTES
    if len(content) > most:
        limit = most // (1024 * 1024)
        raise InputError(
            LocalText(f"文件超过 {limit} MB。", f"The file is larger than {limit} MB."),
            LocalText("请压缩或拆分后再上传。", "Please compress or split it."),
            code="file.too_large",
        )
    digest = content_hash(content)
    path = path_of(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
            partial.write(content)
        Path(partial.name).replace(path)
    stored, _created = StoredFile.objects.get_or_create(
        sha256=digest, defaults={"size": len(content), "media_type": media_type, "created_at": now}
    )
    return stored


def read(sha256: str) -> bytes:
    """Return the content of a stored file, checked against its hash.

    Raises
    ------
    InputError
        If the file is missing or was changed on disk.
    """
    path = path_of(sha256)
    content = path.read_bytes() if path.exists() else b""
    if content_hash(content) != sha256:
        raise InputError(
            LocalText("文件缺失或已被改动。", "The file is missing or was changed on disk."),
            LocalText("请从备份恢复。", "Please restore it from the backup."),
            code="file.damaged",
        )
    return content
