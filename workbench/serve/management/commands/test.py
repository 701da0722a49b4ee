"""./bothways test: all checks and tests; with arguments, pytest alone with these."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from workbench.serve.checks import PYTEST, everything, total

HELP = """usage: ./bothways test [PYTEST ARGUMENTS]

Alone: style, types, import direction, migrations, and all tests, on SQLite and (when it is installed) PostgreSQL.
With arguments: pytest with these, on SQLite or what DATABASE_URL names: ./bothways test tests/collectors -k flow"""


class Command(BaseCommand):
    """Tests Bothways."""

    help = HELP

    def run_from_argv(self, argv: list[str]) -> None:
        """Take the arguments as they are, since they are pytest's."""
        arguments = argv[2:]
        if {"-h", "--help"} & set(arguments):
            print(HELP)
            return
        sys.exit(self._all() if not arguments else subprocess.call([*PYTEST, *arguments]))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run everything, when called from Python."""
        sys.exit(self._all())

    def _all(self) -> int:
        with tempfile.TemporaryDirectory(prefix="bothways-test-") as data:
            outcomes = list(everything(settings.BASE_DIR, Path(data)))
        print("---", *outcomes, total(outcomes), sep="\n", flush=True)
        return int(any(outcome.status for outcome in outcomes))
