"""What other apps may use of file storage."""

from yuantou.apps.files.domain import read, store

__all__ = ["read", "store"]
