"""The test suite: fast passwords, mail in memory, jobs run at once, files in a temporary folder."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("YUANTOU_DATA_DIR", tempfile.mkdtemp(prefix="yuantou-test-"))

from yuantou.web.settings.base import *  # noqa: F403

SECRET_KEY = "only-for-tests"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": []}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILES_DIR = Path(os.environ["YUANTOU_DATA_DIR"]) / "files"
WHITENOISE_AUTOREFRESH = True
REUSE_DIR = Path(os.environ["YUANTOU_DATA_DIR"]) / "reuse"
