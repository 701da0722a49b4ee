"""One investigation from its begin to a correct final state, whatever the database, the devices or the
people do."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, Protocol

from django.db import DatabaseError

from collectors.model.driver import Driver, Recorder
from collectors.model.inventory import Inventory
from collectors.model.step import Options
from workbench.analysis.case.case import Case
from workbench.analysis.case.run_events import Asking, Judged, Learned, RunEvent, Walked
from workbench.incidents.audit import CommandLog
from workbench.incidents.models import Run
from workbench.incidents.pasted import pasting
from workbench.incidents.storage import evidence_rows, spool
from workbench.incidents.storage.retry import with_retries
from workbench.incidents.worker import progress
from workbench.incidents.worker.heartbeat import Heartbeat

log = logging.getLogger(__name__)
State = Run.State


class Reach(Protocol):
    """Finds the devices of a run and a way to ask them: SSH or a recording."""

    def __call__(self, run: Run, recorder: Recorder) -> tuple[Inventory, Driver]: ...


class Investigate(Protocol):
    """workbench.analysis.run.investigate."""

    def __call__(
        self, case: Case, driver: Driver, options: Options, cancelled: Callable[[], bool]
    ) -> Iterator[RunEvent]: ...


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
        with Heartbeat(self.run.pk) as heart:
            state, problem = self._outcome(heart)
        self._write("end", {"state": state.value, "problem": problem})

    def _outcome(self, heart: Heartbeat) -> tuple[State, str]:
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

    def _follow(self, heart: Heartbeat) -> None:
        inventory, driver = self._reach(self.run, self.commands)
        heart.when_cancelled(driver.interrupt)
        pasted = with_retries(lambda: evidence_rows.pasted_evidence(self.run.incident))
        case = Case(self.run.flow, pasting.with_devices_of(pasted, inventory), pasted)
        try:
            for evidence in pasted:
                self._write("evidence", evidence)
            for run_event in self._investigate(case, driver, options_of(self.run), heart.cancelled):
                self._keep(run_event)
        finally:
            driver.close()

    def _keep(self, run_event: RunEvent) -> None:
        match run_event:
            case Asking():
                self._write("asking", run_event)
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
            command = self.commands.of(value.query) if kind == "evidence" else None
            with_retries(lambda: spool.write(self.run, kind, value, command))
        except DatabaseError as error:
            log.error("run %s: %s is kept in the spool: %s", self.run.pk, kind, error)
            spool.keep(self.run.pk, kind, value)


def begin(run_id: int) -> Run | None:
    """Take a queued run for this worker."""
    return with_retries(lambda: progress.begin_run(run_id, worker_name()))
