"""A database of an earlier version opens, and shows its incident, verdict and evidence as that
version did."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DATABASES = sorted((ROOT / "tests/fixtures/databases").glob("*.sql.gz"))


def shown(dump: Path, data: Path) -> dict[str, Any]:
    """What today's code shows of that database."""
    with closing(sqlite3.connect(data / "bothways.sqlite3")) as connection:
        connection.executescript(gzip.decompress(dump.read_bytes()).decode())
    environment = {
        **os.environ,
        "BOTHWAYS_DATA": str(data),
        "DATABASE_URL": "",
        "BOTHWAYS_REPLAY": "",
    }
    command = [sys.executable, "-m", "tests.incidents.kept_database", "show"]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def missing(then: Any, now: Any, place: str = "") -> list[str]:
    """Where does what was shown then differ now? New fields are no difference."""
    if isinstance(then, dict) and isinstance(now, dict):
        return [line for key in then for line in missing(then[key], now.get(key), f"{place}/{key}")]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        pairs = zip(then, now, strict=True)
        return [
            line
            for at, (old, new) in enumerate(pairs)
            for line in missing(old, new, f"{place}/{at}")
        ]
    return [] if then == now else [f"{place}: {then!r} is {now!r}"]


@pytest.mark.parametrize("dump", DATABASES, ids=lambda path: path.name.removesuffix(".sql.gz"))
def test_what_was_kept_is_shown_unchanged(dump: Path, tmp_path: Path) -> None:
    now = shown(dump, tmp_path)
    then = json.loads(
        gzip.decompress(dump.with_name(dump.name.replace(".sql.", ".json.")).read_bytes())
    )
    assert then["verdict"]["root_cause"] and len(then["evidence"]["evidence"]) > 100
    assert missing(then, now) == []
    pages = now["pages"]
    assert len(pages) == len(then["evidence"]["evidence"]) + 2
    assert {page["status"] for page in pages.values()} == {200}, (
        "each answer is decoded for its page"
    )
    assert then["verdict"]["summary"] in pages["/incidents/1"]["words"]
    assert "since the change at 02:00" in pages["/incidents/1/postmortem.md"]["words"]


def test_there_is_a_database_to_open() -> None:
    assert DATABASES
