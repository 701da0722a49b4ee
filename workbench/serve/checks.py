"""Everything that must hold before a change is good: style, types, imports, migrations, tests on
two databases."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.serve import postgres

# 12 passed, 1 failed in 3.21s
CLOSING = re.compile(r"\d+ (?:passed|failed|error|skipped|deselected)|no tests ran")
PYTEST = (sys.executable, "-m", "pytest")
SPREAD = ("-n", "2", "--dist", "loadgroup")


@dataclass(frozen=True, slots=True)
class Check:
    """One program that must end with status 0."""

    title: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """How it ended, and the closing line if it was pytest's."""

    title: str
    status: int
    seconds: float
    closing: str = ""

    def __str__(self) -> str:
        mark = "ok    " if self.status == 0 else "FAILED"
        return (
            f"{mark} {self.title} ({self.seconds:.0f}"
            f" s){': ' if self.closing else ''}{self.closing}"
        )


def static(manage: Path) -> Iterator[Check]:
    """The checks that run no test."""
    linter = "from importlinter.cli import lint_imports_command as main; main()"
    yield Check("style", (sys.executable, "-m", "ruff", "check", "."))
    yield Check("types", (sys.executable, "-m", "mypy", "collectors", "workbench"))
    yield Check("import direction", (sys.executable, "-c", linter))
    yield Check(
        "migrations", (sys.executable, str(manage), "makemigrations", "--check", "--dry-run")
    )


def tests(database: str | None) -> Check:
    """All tests on SQLite, or those that use the database on another one."""
    if database is None:
        return Check("tests on SQLite", (*PYTEST, *SPREAD))
    selection = ("-m", "database and not browser and not lab")
    return Check("tests on PostgreSQL", (*PYTEST, *SPREAD, *selection), {"DATABASE_URL": database})


def everything(base: Path, data: Path) -> Iterator[CheckOutcome]:
    """Run all checks one after the other, whatever comes of each."""
    for check in (*static(base / "manage.py"), tests(None)):
        yield run(check, base, data)
    binaries = postgres.binaries()
    if binaries is None:
        print(
            "PostgreSQL is not installed, so its tests were left out (apt-get install postgresql)",
            flush=True,
        )
        return
    with postgres.cluster(binaries) as url:
        yield run(tests(url), base, data)


def run(check: Check, base: Path, data: Path) -> CheckOutcome:
    """Run one check with its output shown."""
    print(f"--- {check.title}", flush=True)
    begun = time.monotonic()
    env = {**os.environ, "BOTHWAYS_DATA": str(data), "PYTHONPATH": str(base), **check.env}
    with subprocess.Popen(
        check.command, cwd=base, env=env, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        closing = _shown(process)
    return CheckOutcome(check.title, process.returncode, time.monotonic() - begun, closing)


def _shown(process: subprocess.Popen[str]) -> str:
    closing = ""
    for line in process.stdout or ():
        print(line, end="", flush=True)
        if CLOSING.search(line) and " in " in line:
            closing = line.strip("= \n")
    return closing


def total(outcomes: Sequence[CheckOutcome]) -> str:
    """The closing line over all runs of pytest: `120 passed, 0 failed`."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        for number, word in re.findall(r"(\d+) (passed|failed|error|skipped)", outcome.closing):
            counts["failed" if word == "error" else word] += int(number)
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    return f"{counts['passed']} passed, {counts['failed']} failed{skipped}"
