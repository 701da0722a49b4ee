"""Settings out of the environment."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from workbench.config import environment as env

ROOT = Path(__file__).resolve().parents[2]
SAY = "from django.conf import settings as s; import django; django.setup(); print({})"


def run(code: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    settings = {"DJANGO_SETTINGS_MODULE": "workbench.config.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env={**kept, **settings, **given}, capture_output=True, text=True, timeout=120
    )


def test_a_secret_is_made_once_and_for_us_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret_key"
    first = env.kept_secret("NO_SUCH_VARIABLE", path)
    assert env.kept_secret("NO_SUCH_VARIABLE", path) == first and len(first) >= 48
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret_key"]


def test_a_secret_that_cannot_be_kept_is_good_for_this_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert len(env.kept_secret("NO_SUCH_VARIABLE", tmp_path / "file" / "secret_key")) >= 48


def test_a_value_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("postgres://db/x\n")
    monkeypatch.setenv("SOME_URL_FILE", str(tmp_path / "url"))
    assert env.text("SOME_URL") == "postgres://db/x"
    monkeypatch.setenv("SOME_URL_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        env.text("SOME_URL")


def test_databases(tmp_path: Path) -> None:
    sqlite = env.database("", tmp_path)
    assert sqlite["NAME"] == str(tmp_path / "bothways.sqlite3")
    assert (
        sqlite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        and "WAL" in sqlite["OPTIONS"]["init_command"]
    )
    assert env.database("sqlite:////srv/b.sqlite3", tmp_path)["NAME"] == "/srv/b.sqlite3"
    postgres = env.database("postgres://me:p%40ss@db:5433/both?sslmode=require", tmp_path)
    assert (postgres["USER"], postgres["PASSWORD"], postgres["HOST"], postgres["PORT"]) == (
        "me",
        "p@ss",
        "db",
        "5433",
    )
    assert postgres["NAME"] == "both" and postgres["OPTIONS"]["sslmode"] == "require"
    with pytest.raises(ImproperlyConfigured, match="mysql"):
        env.database("mysql://x", tmp_path)


def test_redis_in_the_words_of_each() -> None:
    assert env.redis_for_celery("unix:///run/r.sock") == "redis+socket:///run/r.sock?virtual_host=0"
    assert (
        env.redis_for_channels("redis+socket:///run/r.sock?virtual_host=0") == "unix:///run/r.sock"
    )
    for plain in ("redis://h:6379/1", "rediss://h/0"):
        assert env.redis_for_celery(plain) == env.redis_for_channels(plain) == plain


def test_settings_need_no_database_no_redis_and_no_writable_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    away = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/x", "REDIS_URL": "redis://127.0.0.1:9/0"}
    done = run(SAY.format("s.TIME_ZONE"), BOTHWAYS_DATA=str(tmp_path / "file" / "x"), **away)
    assert (done.stdout, done.stderr) == ("UTC\n", "")


def test_a_weak_key_is_refused_unless_debugging(tmp_path: Path) -> None:
    weak = {"SECRET_KEY": "secret", "BOTHWAYS_DATA": str(tmp_path)}
    assert "too short" in run(SAY.format("s.DEBUG"), **weak).stderr
    assert run(SAY.format("s.DEBUG"), BOTHWAYS_DEBUG="1", **weak).stdout == "True\n"


def test_https_makes_cookies_secure(tmp_path: Path) -> None:
    code = SAY.format(
        "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.ALLOWED_HOSTS[0], s.CSRF_TRUSTED_ORIGINS"
    )
    done = run(code, BOTHWAYS_URL="https://war.example/", BOTHWAYS_DATA=str(tmp_path))
    assert done.stdout == "True True war.example ['https://war.example']\n", done.stderr
    assert run(code, BOTHWAYS_DATA=str(tmp_path)).stdout.startswith("False False localhost")


def test_idle_sockets_stay_open(settings: Any) -> None:
    [host] = settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"]
    assert host["socket_timeout"] is None


def test_heavy_parts_are_not_loaded_before_they_are_needed(tmp_path: Path) -> None:
    code = (
        "import sys, django; django.setup(); import workbench.incidents.worker.tasks,"
        " workbench.config.asgi; print([m for m in ('netmiko', 'paramiko', 'plotly',"
        " 'ntc_templates', 'scapy') if m in sys.modules])"
    )
    done = run(code, BOTHWAYS_DATA=str(tmp_path))
    assert done.stdout == "[]\n", done.stderr


def test_every_variable_is_described() -> None:
    code = "".join(
        (ROOT / "workbench" / "config" / f"{name}.py").read_text()
        for name in ("settings", "environment")
    )
    read = set(re.findall(r'(?:text|flag|listed|kept_secret)\("([A-Z_]+)"', code))
    documented = (ROOT / "docs" / "running.md").read_text()
    assert len(read) > 15 and not [name for name in sorted(read) if f"`{name}`" not in documented]


def test_probes_are_one_of_three(tmp_path: Path) -> None:
    assert (
        "off, gentle or full"
        in run(SAY.format("1"), BOTHWAYS_PROBES="many", BOTHWAYS_DATA=str(tmp_path)).stderr
    )
