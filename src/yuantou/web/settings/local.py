"""One machine, one command: `yuantou up`. The secret key is made once and kept beside the data."""

import secrets

from yuantou.web.settings.base import *  # noqa: F403
from yuantou.web.settings.base import DATA_DIR


def _secret() -> str:
    path = DATA_DIR / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


SECRET_KEY = _secret()
ACCOUNT_EMAIL_VERIFICATION = "optional"  # no mail server on a laptop
