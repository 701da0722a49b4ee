"""What the environment says: plain values, values kept in files, and database and Redis
addresses."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file that NAME_FILE points to."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE={file} cannot be read: {error.strerror}"
            ) from None
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    """Is NAME set to something that means yes?"""
    value = os.environ.get(name, "").strip().lower()
    return value in {"1", "yes", "true", "on"} if value else default


def listed(name: str) -> list[str]:
    """The comma-separated values of NAME."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def kept_secret(name: str, path: Path) -> str:
    """The secret from the environment, else the one kept (0600) in the data directory, made when
    missing."""
    given = text(name)
    if given:
        return given
    try:
        return _kept(path)
    except (
        OSError
    ):  # nothing can be kept here: good for this process only (`diagnose` needs no more)
        return secrets.token_urlsafe(48)


def _kept(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # whoever comes first wins, and nobody reads half a key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8").strip()


def database(url: str, data: Path) -> dict[str, Any]:
    """Django's settings for one database address; empty = SQLite in the data directory."""
    parts = urlsplit(url or f"sqlite:///{data}/bothways.sqlite3")
    if parts.scheme == "sqlite":
        return _sqlite(
            unquote(url.removeprefix("sqlite:///")) if url else str(data / "bothways.sqlite3")
        )
    if parts.scheme in {"postgres", "postgresql", "psql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or "") or text("DATABASE_PASSWORD"),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": {"connect_timeout": 5, **dict(parse_qsl(parts.query))},
        }
    raise ImproperlyConfigured(
        f"DATABASE_URL must begin with sqlite:/// or postgres://, not {parts.scheme!r}"
    )


def _sqlite(path: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        # a file, as in real life
        "TEST": {"NAME": f"{tempfile.gettempdir()}/bothways-test-{os.getpid()}.sqlite3"},
        "OPTIONS": {
            "timeout": float(text("BOTHWAYS_LOCK_SECONDS", "10")),
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;"
            ),
        },
    }


def redis_for_channels(url: str) -> str:
    """The address as redis-py writes it: unix:///path for a socket."""
    return (
        "unix" + url.removeprefix("redis+socket").split("?")[0]
        if url.startswith("redis+socket:")
        else url
    )


def redis_for_celery(url: str) -> str:
    """The address as Celery writes it: redis+socket:///path for a socket."""
    return (
        f"redis+socket{url.removeprefix('unix')}?virtual_host=0" if url.startswith("unix:") else url
    )
