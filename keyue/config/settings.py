"""All settings, in one file. What an operator may change comes from KEYUE_* variables.

`docs/operators/settings.md` lists each variable; a test keeps that list true.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from keyue.kernel.texts import Sentence, sentence, speaking_as_asked


def unreadable(said: Sentence) -> SystemExit:
    """Ends the process with a sentence about a setting, in the language of the environment."""
    with speaking_as_asked():
        return SystemExit(str(said))


def env(name: str, default: str = "") -> str:
    """Value of KEYUE_`name`, or the content of the file that KEYUE_`name`_FILE names."""
    file = os.environ.get(f"KEYUE_{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise unreadable(
                sentence(
                    "KEYUE_%(name)s_FILE：读不了 %(file)s（%(why)s）", name=name, file=file, why=why(error)
                )
            ) from error
    return os.environ.get(f"KEYUE_{name}", default)


def env_bool(name: str, default: bool = False) -> bool:
    value = env(name, "1" if default else "0").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise unreadable(sentence("KEYUE_%(name)s=%(value)s：请写 1 或 0", name=name, value=value))


def why(error: Exception) -> str:
    """What the machine says about an error, without its number."""
    return getattr(error, "strerror", None) or str(error)


def whole_number(name: str, value: str, least: int, most: int) -> int:
    """The number that KEYUE_`name` holds."""
    if value.isascii() and value.isdecimal() and least <= int(value) <= most:
        return int(value)
    raise unreadable(
        sentence(
            "KEYUE_%(name)s=%(value)s：请写 %(least)d 至 %(most)d 的整数",
            name=name,
            value=value,
            least=least,
            most=most,
        )
    )


def one_of(name: str, value: str, *known: str) -> str:
    """The value of KEYUE_`name`, where it is one of those that are known."""
    if value in known:
        return value
    raise unreadable(
        sentence("KEYUE_%(name)s=%(value)s：可以写 %(known)s", name=name, value=value, known=known)
    )


def address(name: str, value: str) -> str:
    """The address that KEYUE_`name` holds, whole and without a slash at its end."""
    try:
        parts = urlsplit(value)
        whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        whole = False
    if whole and not (parts.query or parts.fragment):
        return value.rstrip("/")
    raise unreadable(
        sentence(
            "KEYUE_%(name)s=%(value)s：请写完整的网址，如 https://keyue.example.com", name=name, value=value
        )
    )


@contextlib.contextmanager
def usable(home: Path) -> Iterator[None]:
    """Within it, what cannot be read or written is the fault of KEYUE_HOME."""
    try:
        yield
    except OSError as error:
        raise unreadable(
            sentence("KEYUE_HOME=%(path)s：不能用作数据目录（%(why)s）", path=home, why=why(error))
        ) from error


def database_from(url: str, home: Path) -> dict[str, object]:
    """Django's database entry for `postgres://…`, `sqlite:///…` or nothing (SQLite under KEYUE_HOME)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise unreadable(sentence("KEYUE_DATABASE_URL：看不懂（%(why)s）", why=error)) from error
    if parts.scheme in {"", "sqlite"}:
        path = Path(unquote(parts.path)) if parts.path else home / "keyue.sqlite3"
        return {
            "ENGINE": "keyue.config.sqlite",
            "NAME": str(path),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                "PRAGMA busy_timeout=30000; PRAGMA foreign_keys=ON; PRAGMA cache_size=-4000;",
            },
            # each of the server's threads keeps its connection, with the statements that it has prepared
            "CONN_MAX_AGE": 600,
            # an in-memory test database cannot be shared by the threads of a live server
            "TEST": {"NAME": env("TEST_SQLITE") or None},
        }
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "keyue.config.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }
    raise unreadable(
        sentence(
            "KEYUE_DATABASE_URL：不认识 %(scheme)s://，请写 sqlite:///… 或 postgres://…", scheme=parts.scheme
        )
    )


def secret_key(home: Path) -> str:
    """The key that signs sessions: from KEYUE_SECRET_KEY, else made once and kept under KEYUE_HOME."""
    given = env("SECRET_KEY")
    if given:
        return given
    file = home / "keys" / "secret_key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_name(f"secret_key.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        # of two processes that start at once, one makes the key and both use it
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(fresh)
        fresh.unlink()
    return file.read_text().strip()


BASE_DIR = Path(__file__).resolve().parent.parent
KEYUE_HOME = Path(env("HOME", "data")).absolute()
with usable(KEYUE_HOME):
    KEYUE_HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    SECRET_KEY = secret_key(KEYUE_HOME)
DEBUG = env_bool("DEBUG")
ALLOWED_HOSTS = [h.strip() for h in env("HOSTS", "127.0.0.1,localhost,[::1]").split(",") if h.strip()]
BASE_URL = address("BASE_URL", env("BASE_URL", "http://127.0.0.1:8000"))
BEHIND_TLS = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "keyue.ui.problems.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "ninja",
    "keyue.ui",
    "keyue.worktime",
    "keyue.ledger",
    "keyue.company",
    "keyue.people",
    "keyue.regulations",
    "keyue.promises",
    "keyue.knowledge",
    "keyue.customers",
    "keyue.grading",
    "keyue.privacy",
    "keyue.sales",
    "keyue.contracts",
    "keyue.cases",
    "keyue.sorting",
    "keyue.conversations",
    "keyue.channels",
    "keyue.compliance",
    "keyue.workbench",
    "keyue.api",
    "keyue.operations",
]

MIDDLEWARE = [
    "keyue.api.problems.Problems",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "keyue.people.middleware.Moment",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "keyue.people.middleware.Staff",
    "keyue.operations.middleware.FirstRun",
    "keyue.ui.problems.ProblemMiddleware",
    "keyue.api.gate.Gate",
]

ROOT_URLCONF = "keyue.config.urls"
ASGI_APPLICATION = "keyue.config.asgi.application"
WSGI_APPLICATION = "keyue.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "keyue.people.context.staff",
                "keyue.workbench.navigation.navigation",
            ],
        },
    }
]

DATABASES = {"default": database_from(env("DATABASE_URL"), KEYUE_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["keyue.people.authentication.StaffBackend"]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "keyue.people.authentication.ModestArgon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = KEYUE_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = KEYUE_HOME / "files"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        # only custom properties (--v, --right …) are set inline
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# who may show the feedback form inside their pages; nothing else is ever framed
EMBED_ORIGINS = [origin.strip() for origin in env("EMBED_ORIGINS", "*").split(",") if origin.strip()] or [
    "'none'"
]

# hosts of the own network that channels may speak to; everything else private is refused
PRIVATE_HOSTS = frozenset(h.strip().lower() for h in env("PRIVATE_HOSTS").split(",") if h.strip())

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env("SMTP_HOST")
EMAIL_PORT = whole_number("SMTP_PORT", env("SMTP_PORT", "25"), 1, 65_535)
EMAIL_HOST_USER = env("SMTP_USER")
EMAIL_HOST_PASSWORD = env("SMTP_PASSWORD")
EMAIL_USE_TLS = env_bool("SMTP_STARTTLS")
EMAIL_USE_SSL = env_bool("SMTP_TLS")
if EMAIL_USE_TLS and EMAIL_USE_SSL:
    raise unreadable(
        sentence("KEYUE_SMTP_STARTTLS 和 KEYUE_SMTP_TLS 只能开一个：前者多用 587 端口，后者 465")
    )
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("MAIL_FROM", "keyue@localhost")

SESSION_ENGINE = "keyue.people.sessions"
# the time-outs themselves are in people.middleware; a cookie never outlives the browser
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 24 * 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

LOG_LEVEL = one_of("LOG_LEVEL", env("LOG_LEVEL", "WARNING").upper(), "DEBUG", "INFO", "WARNING", "ERROR")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}

# threads that answer pages and API calls, in each server process
THREADS = whole_number("THREADS", env("THREADS", "8"), 1, 256)

# read elsewhere, without Django; a mistake is told before anything runs
one_of("TEST_CLOCK", env("TEST_CLOCK") or "0", "1", "0")
if env("PACKS") and not Path(env("PACKS")).is_dir():
    raise unreadable(sentence("KEYUE_PACKS=%(path)s：没有这个目录", path=env("PACKS")))
