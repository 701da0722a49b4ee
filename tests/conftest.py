"""What all tests share: which need a database, and which need a machine that can do more."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "admin_client", "admin_user"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def _can_make_namespaces() -> bool:
    return (
        os.getuid() == 0 and Path("/proc/self/ns/net").exists() and shutil.which("ip") is not None
    )


def _can_drive_a_browser() -> bool:
    return any(shutil.which(name) for name in BROWSERS)


ABILITIES = {"lab": _can_make_namespaces, "browser": _can_drive_a_browser}


def pytest_report_header() -> list[str]:
    """Say what is left out, so that nobody takes it for passed."""
    return [
        f"left out, since this machine cannot: {name} tests"
        for name, can in ABILITIES.items()
        if not can()
    ]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collecting 7,000 tests makes millions of objects that all stay: looking for garbage among
    them is lost time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what uses the database; keep lab and browser tests each on one worker; leave out what
    cannot run here."""
    unable = {name for name, can in ABILITIES.items() if not can()}
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in unable)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        _mark(item)


def _mark(item: pytest.Item) -> None:
    fixtures = set(getattr(item, "fixturenames", ()))
    if item.get_closest_marker("django_db") or DATABASE_FIXTURES & fixtures:
        item.add_marker(pytest.mark.database)
    for name in ABILITIES:
        if item.get_closest_marker(name):
            item.add_marker(pytest.mark.xdist_group(name))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """History cannot be removed; only here, between two tests, it must be."""
    from django.db import connection
    from django.test import TransactionTestCase

    from workbench.incidents import append_only

    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def unguarded_flush(case: TransactionTestCase) -> None:
        append_only.remove(connection)
        flush(case)
        append_only.guard(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", unguarded_flush)
        yield


@pytest.fixture(autouse=True)
def broken_rules_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a run a rule that breaks off is logged and left out; in a test it is a failure."""
    from workbench.analysis.diagnosis.ranking import rank

    def fail(case: object, rule: str, error: Exception) -> None:
        raise error

    monkeypatch.setattr(rank, "note_broken", fail)
