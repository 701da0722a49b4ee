"""Every setting of this installation, read from the environment. Importing this needs no database
and no Redis."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from workbench.config import environment as env

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env.text("BOTHWAYS_DATA") or BASE_DIR / "var").absolute()
DEBUG = env.flag("BOTHWAYS_DEBUG")
TESTING = "pytest" in sys.modules

# --- where and for whom it serves -----------------------------------------------------------------
PUBLIC_URL = env.text("BOTHWAYS_URL")  # https://bothways.example.org: how browsers reach it
HTTPS = urlsplit(PUBLIC_URL).scheme == "https"
ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS") or [
    *filter(None, [urlsplit(PUBLIC_URL).hostname]),
    "localhost",
    "127.0.0.1",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = env.listed("CSRF_TRUSTED_ORIGINS") or (
    [PUBLIC_URL.rstrip("/")] if HTTPS else []
)
if env.flag("BOTHWAYS_BEHIND_PROXY"):  # only when a proxy sets this header itself
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- secrets --------------------------------------------------------------------------------------
SECRET_KEY = env.kept_secret("SECRET_KEY", DATA_DIR / "secret_key")
if len(SECRET_KEY) < 32 and not DEBUG:
    raise ImproperlyConfigured(
        "SECRET_KEY is too short: give at least 32 random characters, or none to have one made"
    )
# Newest first; more than one while rotating. Encrypts what is kept to log in to devices.
CREDENTIAL_KEYS = env.listed("BOTHWAYS_CREDENTIAL_KEYS") or [
    env.kept_secret("BOTHWAYS_CREDENTIAL_KEY", DATA_DIR / "credential_key")
]

# --- parts ----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "workbench.inventory",
    "workbench.incidents",
    "workbench.integrations",
    "workbench.web",
    "workbench.api",
    "workbench.lab",
    "workbench.bench",
    "workbench.serve",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "workbench.config.middleware.SecurityHeaders",
    "workbench.config.static_files.StaticFiles",
    # adds a random length to each answer, and tokens are masked: their bytes cannot be guessed from
    # how well an answer was compressed
    "django.middleware.gzip.GZipMiddleware",
    "workbench.api.errors.JsonErrors",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "workbench.config.middleware.BusyDatabase",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "workbench.api.tokens.TokenLogin",
    "workbench.config.throttle.LoginThrottle",
    "workbench.config.access.DefaultDeny",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "workbench.config.urls"
ASGI_APPLICATION = "workbench.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- database, Redis, worker ----------------------------------------------------------------------
DATABASES = {"default": env.database(env.text("DATABASE_URL"), DATA_DIR)}
DATABASES["default"] |= {"CONN_MAX_AGE": 0 if TESTING else 60, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py's own socket timeout would close idle browsers' sockets after five seconds
        "CONFIG": {
            "hosts": [{"address": env.redis_for_channels(REDIS_URL), "socket_timeout": None}]
        },
    }
}
CELERY_BROKER_URL = env.redis_for_celery(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True  # the database is the record
CELERY_TASK_DEFAULT_QUEUE = "bothways"
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.2}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
    "visibility_timeout": 3600,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = int(env.text("BOTHWAYS_RUNS_AT_ONCE", "4"))
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# --- people ---------------------------------------------------------------------------------------
LOGIN_URL = "login"
CSRF_FAILURE_VIEW = "workbench.config.access.forged"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 7 * 24 * 3600
SESSION_COOKIE_NAME = env.text("BOTHWAYS_COOKIE", "bothways")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{SESSION_COOKIE_NAME}_csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# --- pages ----------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("BOTHWAYS_STATIC") or BASE_DIR / "static.built")
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not (
    (STATIC_ROOT / "staticfiles.json").exists() or "collectstatic" in sys.argv
)
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "workbench.config.static_files.VersionedFiles"
            if WHITENOISE_USE_FINDERS
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

# --- what Bothways itself reads -------------------------------------------------------------------
REPLAY = env.text("BOTHWAYS_REPLAY")  # a recording: new incidents play it instead of logging in
# 1 takes as long as the recorded run did, 0 no time
REPLAY_PACE = float(env.text("BOTHWAYS_REPLAY_PACE", "1"))
PROBES = env.text("BOTHWAYS_PROBES", "gentle")  # off, gentle, full: what a new incident may send
if PROBES not in ("off", "gentle", "full"):
    raise ImproperlyConfigured(f"BOTHWAYS_PROBES is off, gentle or full, not {PROBES!r}")
# networks that news may be sent to in addition to the public internet; loopback also over HTTP
SEND_NETWORKS = env.listed("BOTHWAYS_SEND_NETWORKS")
HEARTBEAT_SECONDS = 5.0  # how often a running investigation says that it is alive
LOST_AFTER_SECONDS = 30.0  # silence after which its worker counts as gone

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("BOTHWAYS_LOG", "INFO")},
    "loggers": {
        "paramiko": {"level": "CRITICAL"},  # what it has to say about a login is in the evidence
        "netmiko": {"level": "CRITICAL"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "uvicorn.access": {"level": "WARNING"},
        "django.server": {"level": "WARNING"},
    },
}
