"""The cluster for the tests: it answers, belongs to nobody else, and is gone afterwards."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from workbench.config.environment import database
from workbench.serve import postgres

BINARIES = postgres.binaries()


@pytest.mark.skipif(BINARIES is None, reason="PostgreSQL is not installed")
def test_a_cluster_lives_as_long_as_its_block() -> None:
    assert BINARIES
    with postgres.cluster(BINARIES) as url:
        options = database(url, Path("/nowhere"))["OPTIONS"]
        with psycopg.connect(
            host=options["host"], user="bothways", dbname="postgres"
        ) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            connection.execute("CREATE ROLE x CREATEDB")
    assert not Path(options["host"]).exists()


def test_it_does_not_run_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres.os, "getuid", lambda: 0)
    assert postgres.account() in {"postgres", "nobody"}
    monkeypatch.setattr(postgres.os, "getuid", lambda: 1000)
    assert postgres.account() is None
