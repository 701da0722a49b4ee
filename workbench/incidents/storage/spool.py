"""Keeps in a file what the database would not take, and gives it to the database later."""

from __future__ import annotations

import base64
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from workbench.incidents.models import CommandRecord, Run
from workbench.incidents.storage import codec
from workbench.incidents.worker import progress

log = logging.getLogger(__name__)


def write(run: Run, kind: str, value: Any, command: CommandRecord | None = None) -> None:
    """Write one thing that happened in a run to the database."""
    match kind:
        case "asking":
            progress.record_asking(run, value)
        case "evidence":
            progress.record_evidence(run, value, command)
        case "walk":
            progress.record_walk(run, value)
        case "verdict":
            progress.record_verdict(run, value["drawing"], value["verdict"], value["final"])
        case "end":
            progress.finish_run(run, Run.State(value["state"]), value["problem"])


def keep(run_id: int, kind: str, value: Any) -> None:
    """Write it to the run's file instead."""
    line = json.dumps([kind, base64.b64encode(codec.pack(value)).decode()])
    path = _path(run_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "w") as file:
        file.write(line + "\n")


def waiting(run_id: int) -> bool:
    """Is there something of this run that the database does not have?"""
    return _path(run_id).exists()


def merge(run_id: int) -> None:
    """Give the database all of it, or nothing. Raises DatabaseError while that does not work."""
    path = _path(run_id)
    run = Run.objects.select_related("incident").get(pk=run_id)
    with transaction.atomic():
        for kind, value in _lines(path):
            write(run, kind, value)
    path.unlink()


def merge_all() -> int:
    """Merge what is left of runs that are over; one that cannot be read is named and left alone."""
    return sum(_try_to_merge(path) for path in sorted(_folder().glob("run-*.jsonl")))


def _try_to_merge(path: Path) -> bool:
    run_id = int(path.stem.removeprefix("run-"))
    if Run.objects.filter(pk=run_id, state=Run.State.RUNNING).exists() and not _ended(path):
        return False  # its worker lives, or the sweep will end it first
    try:
        merge(run_id)
    except (ValueError, KeyError, Run.DoesNotExist) as error:
        log.error("%s cannot be merged: %s", path, error)
        path.rename(path.with_suffix(".unreadable"))
        return False
    return True


def _ended(path: Path) -> bool:
    return any(kind == "end" for kind, _ in _lines(path))


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, packed = json.loads(line)
        yield kind, codec.unpack(base64.b64decode(packed))


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "spool"


def _path(run_id: int) -> Path:
    return _folder() / f"run-{run_id}.jsonl"
