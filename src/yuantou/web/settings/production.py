"""Servers behind TLS. Refuses to start without a secret key and a public address."""

import os

from yuantou.web.settings.base import *  # noqa: F403

SECRET_KEY = os.environ["YUANTOU_SECRET_KEY"]
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("YUANTOU_MAIL_HOST", "localhost")
