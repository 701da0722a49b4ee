"""./bothways demo: a small failing network, the server, and one incident, live in the browser."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.urls import reverse

from workbench.serve.command import ServeCommand
from workbench.serve.demo import Story, opened, staged
from workbench.serve.people import FIRST, first_login
from workbench.serve.plan import ServePlan


class Command(ServeCommand):
    """Shows the main job on a network of its own."""

    help = (
        "Show the main job live: a small failing network, the server, and one incident. Ctrl-C ends"
        " all of it."
    )
    name = "demo"
    story: Story

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and which network."""
        super().add_arguments(parser)
        parser.add_argument(
            "--lab", default="fw-pair-nosync", help="which network (see ./bothways lab list)"
        )
        parser.add_argument(
            "--seed", type=int, default=0, help="another one gives other names and addresses"
        )

    def preparation(self, plan: ServePlan, options: dict[str, Any]) -> Callable[[ExitStack], None]:
        """The network comes up before the worker does, which must know whether it is live."""

        def prepare(stack: ExitStack) -> None:
            self.story = staged(options["lab"], options["seed"], stack, self.say)

        return prepare

    def beginning(self, plan: ServePlan, options: dict[str, Any]) -> Callable[[], None]:
        """Open the incident and say where it is."""

        def begin() -> None:
            password = first_login(anew=True)
            incident = opened(self.story)
            page = f"{plan.url.rstrip('/')}{reverse('incident', args=[incident.pk])}"
            self.say(f"the flow is {self.story.flow}")
            self.say(f"open {page}")
            self.say(f"log in as {FIRST} / {password}")
            self.say("Ctrl-C ends everything")
            self.show(page, options)

        return begin
