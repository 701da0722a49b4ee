"""What the commands demo and up have in common: their options, and how they end."""

from __future__ import annotations

import sys
import webbrowser
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from workbench.serve.children import GivenUp
from workbench.serve.plan import ServePlan
from workbench.serve.refusal import StartRefused
from workbench.serve.serving import data_directory, serve


class ServeCommand(BaseCommand):
    """Serves pages until Ctrl-C."""

    requires_system_checks = ()
    name = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen."""
        parser.add_argument(
            "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
        )
        parser.add_argument("--port", type=_port, default=8000)
        parser.add_argument("--open", action="store_true", help="open the page in a browser")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve; a refusal is one sentence and status 1."""
        plan = ServePlan(
            self.name,
            options["host"],
            options["port"],
            data_directory(settings.BASE_DIR, self.name),
        )
        plan.enter()
        try:
            serve(plan, self.say, self.preparation(plan, options), self.beginning(plan, options))
        except (StartRefused, GivenUp) as reason:
            self.say(str(reason))
            sys.exit(1)
        self.say("ended; nothing is left running")

    def preparation(self, plan: ServePlan, options: dict[str, Any]) -> Callable[[ExitStack], None]:
        """What to do before the processes start: nothing, unless a command says otherwise."""
        return lambda stack: None

    def beginning(self, plan: ServePlan, options: dict[str, Any]) -> Callable[[], None]:
        """What to do when the page is served."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """One line for the terminal."""
        self.stderr.write(f"bothways: {text}", ending="\n", style_func=str)

    def show(self, url: str, options: dict[str, Any]) -> None:
        """Open the browser when that was asked for."""
        if options["open"]:
            webbrowser.open(url)


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise ValueError(f"{text} is not a port")
    return port
