"""One investigation from its begin to a truthful end, whatever the database, the devices or the
people do."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, Protocol

from django.db import DatabaseError

from collectors.model.asker import Asker, Recorder
from collectors.model.inventory import Inventory
from collectors.model.step import Options
from workbench.analysis.case.case import Case
from workbench.analysis.case.run_events import Asking, Happening, Judged, Learned, Walked
from workbench.incidents import keeping, pasting, progress, spool
from workbench.incidents.audit import CommandLog
from workbench.incidents.heart import Heart
from workbench.incidents.models import Run
from workbench.incidents.patience import patiently

log = logging.getLogger(__name__)
State = Run.State


class Reach(Protocol):
    """Finds the devices of a run and a way to ask them: SSH or a recording."""

    def __call__(self, run: Run, recorder: Recorder) -> tuple[Inventory, Asker]: ...


class Investigate(Protocol):
    """workbench.analysis.run.investigate."""

    def __call__(
        self, case: Case, asker: Asker, options: Options, cancelled: Callable[[], bool]
    ) -> Iterator[Happening]: ...


class CannotBegin(Exception):
    """Nothing could be asked at all; the message is one sentence for the page."""


def options_of(run: Run) -> Options:
    """The options that the run was started with; what is no option any more is left out."""
    known = {field.name for field in fields(Options)}
    return Options(**{name: value for name, value in run.options.items() if name in known})


def worker_name() -> str:
    """Which process on which machine."""
    return f"{platform.node()}:{os.getpid()}"


class Investigator:
    """Works on one run. Writes whatever happens, at once; what cannot be written goes to the
    spool."""

    def __init__(self, run: Run, reach: Reach, investigate: Investigate) -> None:
        self.run, self._reach, self._investigate = run, reach, investigate
        self.commands = CommandLog(run.incident, run, run.requested_by)
        self._judged = False

    def work(self) -> None:
        """Investigate, and end the run as what it was."""
        with Heart(self.run.pk) as heart:
            state, problem = self._outcome(heart)
        self._write("end", {"state": state.value, "problem": problem})

    def _outcome(self, heart: Heart) -> tuple[State, str]:
        try:
            self._follow(heart)
        except CannotBegin as error:
            return State.FAILED, str(error)
        except Exception as error:
            log.exception("run %s broke off", self.run.pk)
            return (
                State.FAILED,
                f"the investigation broke off ({type(error).__name__}); what it had learnt is kept",
            )
        if heart.closing():
            return (
                State.INTERRUPTED,
                "the worker was stopped in the middle of the run; what it had learnt is kept",
            )
        if heart.cancelled():
            return State.CANCELLED, "cancelled"
        return (
            (State.DONE, "")
            if self._judged
            else (State.FAILED, "the investigation ended without a verdict")
        )

    def _follow(self, heart: Heart) -> None:
        inventory, asker = self._reach(self.run, self.commands)
        heart.when_cancelled(asker.interrupt)
        brought = patiently(lambda: keeping.pasted_evidence(self.run.incident))
        case = Case(self.run.incident.flow, pasting.with_devices_of(brought, inventory), brought)
        try:
            for evidence in brought:
                self._write("evidence", evidence)
            for happening in self._investigate(case, asker, options_of(self.run), heart.cancelled):
                self._keep(happening)
        finally:
            asker.close()

    def _keep(self, happening: Happening) -> None:
        match happening:
            case Asking():
                self._write("asking", happening)
            case Learned(evidence):
                self._write("evidence", evidence)
            case Walked(findings):
                self._write("walk", progress.drawing(findings))
            case Judged(findings, verdict, final):
                self._judged = self._judged or final
                drawn = progress.drawing(findings, verdict)
                self._write(
                    "verdict", {"drawing": drawn, "verdict": verdict.as_dict(), "final": final}
                )

    def _write(self, kind: str, value: Any) -> None:
        try:
            if spool.waiting(self.run.pk):
                spool.merge(self.run.pk)
            command = self.commands.of(value.inquiry) if kind == "evidence" else None
            patiently(lambda: spool.write(self.run, kind, value, command))
        except DatabaseError as error:
            log.error("run %s: %s is kept in the spool: %s", self.run.pk, kind, error)
            spool.keep(self.run.pk, kind, value)


def begin(run_id: int) -> Run | None:
    """Take a queued run for this worker."""
    return patiently(lambda: progress.begin_run(run_id, worker_name()))
