"""The command `diagnose`, started from a process that has read the program already (`warm`)."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["workbench.lab.score.warm"])


class Overdue(Exception):
    """The command did not end in its time."""


def run_diagnose(words: Sequence[str], said: Path, complained: Path, patience: float) -> int:
    """Which status did `manage.py diagnose WORDS` end with?

    Its stdout and stderr go to these two files; `patience` is in seconds. Raises Overdue.
    """
    process = _SERVER.Process(target=_command, args=(list(words), str(said), str(complained)))
    process.start()
    process.join(patience)
    if process.is_alive():
        process.kill()
        process.join()
        raise Overdue(f"no verdict within {patience:.0f} s")
    return process.exitcode or 0


def _command(words: list[str], said: str, complained: str) -> None:
    from django.core.management import execute_from_command_line

    for descriptor, path in ((1, said), (2, complained)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
    try:
        execute_from_command_line(["manage.py", "diagnose", *words])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
