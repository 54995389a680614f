"""What every site shares. Sites differ only by environment variables, all read in this folder."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

PACKAGE = Path(__file__).resolve().parents[2]
DATA_DIR = Path(os.environ.get("YUANTOU_DATA_DIR", "var")).resolve()

DEBUG = False
DEMONSTRATION = os.environ.get("YUANTOU_DEMONSTRATION") == "1"
SITE_URL = os.environ.get("YUANTOU_URL", "http://localhost:8000")
ALLOWED_HOSTS = os.environ.get("YUANTOU_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "yuantou.apps.accounts",  # before allauth: its templates take the place of theirs
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.orcid",
    "yuantou.web",
    "yuantou.apps.audit",
    "yuantou.apps.files",
    "yuantou.apps.jobs",
    "yuantou.apps.workflow",
    "yuantou.apps.registry",
    "yuantou.apps.directions",
    "yuantou.apps.calls",
    "yuantou.apps.proposals",
    "yuantou.apps.review",
    "yuantou.apps.decisions",
    "yuantou.apps.hearing",
    "yuantou.apps.meetings",
    "yuantou.apps.projects",
    "yuantou.apps.facilities",
    "yuantou.apps.outcomes",
    "yuantou.apps.integrity",
    "yuantou.apps.policy",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "yuantou.apps.accounts.impersonation.ImpersonationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "yuantou.apps.workflow.once.OnceMiddleware",
    "yuantou.web.middleware.ErrorMiddleware",
]

ROOT_URLCONF = "yuantou.web.urls"
WSGI_APPLICATION = "yuantou.web.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yuantou.web.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "yuantou.apps.workflow.templatetags.once",
            ],
        },
    },
]

# --- database: embedded SQLite, or PostgreSQL by one variable -------------------------------------------------------

SQLITE_OPTIONS: dict[str, Any] = {
    # IMMEDIATE takes the write lock when a transaction begins: DEFERRED fails at once when it has to upgrade.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;"
        "PRAGMA cache_size=-20000; PRAGMA journal_size_limit=27103364;"
    ),
}


def database(url: str) -> dict[str, Any]:
    """Read a database address; SQLite gets the options that make it safe for several writers."""
    config: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=None))
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = SQLITE_OPTIONS
    return config


DATABASES = {"default": database(os.environ.get("DATABASE_URL", f"sqlite:///{DATA_DIR}/yuantou.sqlite3"))}

# --- jobs, mail, files ----------------------------------------------------------------------------------------------

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("YUANTOU_MAIL_FROM", "yuantou@localhost")
FILES_DIR = DATA_DIR / "files"
REUSE_DIR = DATA_DIR / "reuse"
TSA_URL = os.environ.get("YUANTOU_TSA_URL", "")
TSA_ROOTS = Path(os.environ.get("YUANTOU_TSA_ROOTS", DATA_DIR / "tsa-roots.pem"))
ATLAS_DIR = DATA_DIR / "atlas"
LEDGER_KEY_FILE = Path(os.environ.get("YUANTOU_LEDGER_KEY", DATA_DIR / "ledger-key"))
FILE_MAX_BYTES = 20 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
PROGRAMME_TYPES_DIR = PACKAGE / "programme_types"

# --- sign-in --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "yuantou.apps.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS: dict[str, str] = {}
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if "YUANTOU_ORCID_CLIENT" in os.environ:
    SOCIALACCOUNT_PROVIDERS["orcid"] = {
        "APP": {"client_id": os.environ["YUANTOU_ORCID_CLIENT"], "secret": os.environ["YUANTOU_ORCID_SECRET"]}
    }
if "YUANTOU_OIDC_SERVER" in os.environ:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "institution",
                "name": os.environ.get("YUANTOU_OIDC_NAME", "Institution"),
                "client_id": os.environ["YUANTOU_OIDC_CLIENT"],
                "secret": os.environ["YUANTOU_OIDC_SECRET"],
                "settings": {"server_url": os.environ["YUANTOU_OIDC_SERVER"]},
            }
        ]
    }
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# --- languages and time ---------------------------------------------------------------------------------------------

USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("YUANTOU_TIME_ZONE", "Asia/Shanghai")
LANGUAGE_CODE = os.environ.get("YUANTOU_LANGUAGE", "zh-hans")
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "locale"]

# --- static files and headers ---------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS: list[Path] = []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
        "object-src": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
