"""Plays the worker of a live test in a process of its own: reads orders from stdin, answers each
with one line.

begin        take the queued run of the newest incident
tell N       tell the next N happenings of the story
finish       end the run
stop         end the run as one that somebody stopped
again        queue another run of the newest incident
note TEXT    write a note, as the responder
count TEXT   how many notes say exactly this
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.config.settings")
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.db import transaction  # noqa: E402

from tests.web import story  # noqa: E402
from tests.web.conftest import tell as write_down  # noqa: E402
from workbench.analysis.case.run_events import RunEvent  # noqa: E402
from workbench.incidents import actions, roles  # noqa: E402
from workbench.incidents.models import Event, Incident, Run  # noqa: E402
from workbench.incidents.worker import progress  # noqa: E402
from workbench.inventory import convert  # noqa: E402

PASSWORD = "correct horse battery"


class Teller:
    """Tells the story to the database, at the test's pace."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.left: list[RunEvent] = []

    def people(self, _: str) -> str:
        """Make the people and the inventory."""
        roles.make_roles()
        for role in ("viewer", "responder"):
            person = User.objects.create_user(role, password=PASSWORD)
            person.groups.add(Group.objects.get(name=role))
        with transaction.atomic():
            convert.save(story.INVENTORY)
        return "ready"

    def open(self, _: str) -> str:
        """Open an incident with a queued run."""
        by = User.objects.get(username="responder")
        incident = actions.open_incident(by, story.FLOW, "checkout fails")
        actions.start_run(by, incident)
        return str(incident.pk)

    def begin(self, _: str) -> str:
        """Take the queued run."""
        waiting = Run.objects.filter(state=Run.State.QUEUED).latest("pk")
        self.run = progress.begin_run(waiting.pk, "teller")
        self.left = story.run_events()
        return f"{time.time()}"

    def tell(self, count: str) -> str:
        """Tell so many happenings; answers when the last was committed."""
        assert self.run is not None
        now, self.left = self.left[: int(count)], self.left[int(count) :]
        write_down(self.run, now)
        return f"{time.time()}"

    def finish(self, _: str) -> str:
        """End the run."""
        assert self.run is not None
        progress.finish_run(self.run, Run.State.DONE)
        return f"{time.time()}"

    def stop(self, _: str) -> str:
        """End the run as one that somebody stopped."""
        assert self.run is not None
        progress.finish_run(self.run, Run.State.CANCELLED, "cancelled")
        return f"{time.time()}"

    def again(self, _: str) -> str:
        """Queue another run."""
        incident = Incident.objects.latest("pk")
        return str(actions.start_run(User.objects.get(username="responder"), incident).number)

    def count(self, text: str) -> str:
        """How many notes say exactly this?"""
        notes = Event.objects.filter(kind=Event.Kind.NOTE, payload__text=text)
        return str(notes.count())

    def note(self, text: str) -> str:
        """Write a note."""
        incident = Incident.objects.latest("pk")
        actions.add_note(User.objects.get(username="responder"), incident, text)
        return f"{time.time()}"


def main() -> None:
    """Obey until stdin ends."""
    actions.runs.enqueue = lambda run_id: None
    teller = Teller()
    for line in sys.stdin:
        order, _, argument = line.strip().partition(" ")
        verb: Callable[[str], str] = getattr(teller, order)
        print(verb(argument), flush=True)


if __name__ == "__main__":
    main()
