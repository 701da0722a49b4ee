"""./bothways bench [NAME] [--json]: our figures against their bars and against peers, in one
run."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from workbench.bench.benches import BENCHES, Bench, bench_named
from workbench.bench.farm import NoFarm
from workbench.bench.figures import Figure, as_json, as_row
from workbench.bench.peers import Wrong

BAD_USAGE, CANNOT = 64, 69


class Command(BaseCommand):
    """Measures."""

    help = (
        "Measure against peers and bars: 0 all bars met, 1 one was missed, 69 it could not be"
        " measured."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which, and in which form."""
        parser.add_argument(
            "name", nargs="*", help="; ".join(f"{b.name}: {b.title}" for b in BENCHES)
        )
        parser.add_argument(
            "--json", action="store_true", help="{name: {value, unit, bar, ok, baseline}}"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run them one after the other."""
        chosen = [bench_named(name) for name in options["name"]] or list(BENCHES)
        if None in chosen:
            self.stderr.write(
                f"bothways bench: there is {', '.join(bench.name for bench in BENCHES)}"
            )
            sys.exit(BAD_USAGE)
        figures = list(
            self._figures([bench for bench in chosen if bench], rows=not options["json"])
        )
        if options["json"]:
            self.stdout.write(as_json(figures))
        sys.exit(1 if any(figure.ok is False for figure in figures) else 0)

    def _figures(self, benches: list[Bench], rows: bool) -> Iterator[Figure]:
        for bench in benches:
            self._tell(bench.title)
            try:
                for figure in bench.measure(self._tell):
                    if rows:
                        self.stdout.write(as_row(figure))
                    yield figure
            except (NoFarm, Wrong) as error:
                self.stderr.write(f"bothways bench: {bench.name} could not be measured: {error}")
                sys.exit(CANNOT)

    def _tell(self, line: str) -> None:
        self.stderr.write(f"  {line}")
        self.stderr.flush()
