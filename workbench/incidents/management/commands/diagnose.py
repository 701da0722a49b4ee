"""./bothways diagnose: the whole playbook on one flow, without a browser, a database or Redis."""

from __future__ import annotations

import json
import signal
import sys
import traceback
from argparse import ArgumentParser
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from collectors.inventory.file import BadInventory, read_inventory
from collectors.model.driver import Driver
from collectors.model.evidence import Status
from collectors.model.flow import BadFlow, Flow
from collectors.model.inventory import Inventory
from collectors.model.step import Audience, Options
from collectors.offline.replay import (
    BadRecording,
    Recording,
    RecordingDriver,
    ReplayDriver,
    load_recording,
    save_recording,
)
from collectors.platforms import platform_named
from collectors.session import SshDriver
from workbench.analysis.case.case import Case
from workbench.analysis.case.run_events import Judged
from workbench.analysis.case.verdict import Outcome
from workbench.analysis.run import investigate
from workbench.incidents.pasted import pasting
from workbench.incidents.pasted.pieces import Piece, ReadPaste
from workbench.terminal.audit import AuditFile
from workbench.terminal.plain import plain
from workbench.terminal.progress import Progress
from workbench.terminal.randomness import randomness, randomness_in_words
from workbench.terminal.summary import summary
from workbench.terminal.uploads import NotThere, bring

STATUS = {Outcome.HEALTHY: 0, Outcome.BROKEN: 1, Outcome.INCONCLUSIVE: 2}
BAD_USAGE, UNREACHABLE, BROKEN, CANCELLED = 64, 69, 70, 130


class Usage(Exception):
    """What the user typed cannot be done; one sentence."""


@dataclass(frozen=True)
class DiagnoseJob:
    """What is to be diagnosed, and through which driver."""

    case: Case
    driver: Driver
    options: Options
    pieces: tuple[Piece, ...] = ()  # what became of everything that was pasted


class Command(BaseCommand):
    """Diagnoses one flow from the command line."""

    help = (
        "Diagnose one flow in both directions: 0 healthy, 1 fault found, 2 inconclusive, 64 bad"
        " usage, 69 no device."
    )
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Bad usage ends with 64, as the contract says."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.error = _bad_usage  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The words of the command line."""
        parser.add_argument(
            "flow",
            nargs="?",
            help="tcp 192.0.2.20:43122 > 203.0.113.10:443 (source port * = not known)",
        )
        parser.add_argument("--inventory", metavar="FILE", help="the devices, as JSON or YAML")
        parser.add_argument(
            "--pasted",
            metavar="[DEVICE=]FILE",
            action="append",
            default=[],
            help=(
                "what a device said, for one that cannot be logged in to: outputs of commands, or a"
                " pcap; without DEVICE the prompt in it names the device; repeatable"
            ),
        )
        parser.add_argument("--json", action="store_true", help="one verdict object on stdout")
        parser.add_argument(
            "--probes",
            choices=("off", "gentle", "full"),
            default="gentle",
            help="packets of our own",
        )
        parser.add_argument(
            "--window", type=float, default=Options().window, help="seconds of capture (1 to 60)"
        )
        parser.add_argument(
            "--budget", type=float, default=Options().budget, help="seconds for the whole run"
        )
        parser.add_argument(
            "--ask",
            choices=(Audience.NEAR.value, Audience.ALL.value),
            default=Options().ask,
            help="whom: those near the flow, others only when they are needed; or all devices",
        )
        parser.add_argument(
            "--accept-new-host-keys",
            action="store_true",
            help="keep host keys seen for the first time",
        )
        parser.add_argument(
            "--record",
            metavar="DIR or FILE.json.gz",
            help="keep everything that was answered, in the order of the run, to replay it later",
        )
        parser.add_argument(
            "--replay", metavar="DIR or FILE.json.gz", help="ask a recording in place of devices"
        )
        parser.add_argument(
            "--audit", metavar="FILE", help="append every command and its result as JSON lines"
        )
        parser.add_argument("--quiet", action="store_true", help="no progress on stderr")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and leave with the status of the contract."""
        try:
            with ExitStack() as stack:
                status = self._run(options, stack)
        except (Usage, NotThere, BadFlow, BadInventory, BadRecording) as error:
            _bad_usage(str(error))
        except Exception:
            traceback.print_exc()
            _end(
                BROKEN,
                "this is a mistake in Bothways itself, not a verdict; please report it with the"
                " lines above",
            )
        sys.exit(status)

    def _run(self, options: dict[str, Any], stack: ExitStack) -> int:
        job = _job(options, stack)
        if options["record"]:
            kept = RecordingDriver(job.driver)
            job = replace(job, driver=kept)
            stack.callback(lambda: save_recording(_recording(job, kept), options["record"]))
        judged, reached = self._watch(job, quiet=options["quiet"])
        return self._report(job, judged, reached, as_json=options["json"])

    def _watch(self, job: DiagnoseJob, quiet: bool) -> tuple[Judged, bool]:
        progress = Progress((lambda line: None) if quiet else self._say)
        judged = None
        with _Interrupt() as interrupt:
            run_events = investigate(
                job.case, job.driver, job.options, interrupt.seen, platforms=platform_named
            )
            for run_event in run_events:
                progress.tell(run_event)
                judged = run_event if isinstance(run_event, Judged) else judged
        assert judged is not None
        return judged, any(item.status is Status.ANSWERED for item in judged.findings.case.evidence)

    def _say(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()

    def _report(self, job: DiagnoseJob, judged: Judged, reached: bool, as_json: bool) -> int:
        verdict = judged.verdict
        said = summary(verdict, randomness_in_words(judged.findings), map(str, job.pieces))
        self.stdout.write(_as_json(judged, job.pieces) if as_json else said)
        if not reached:
            self.stderr.write(
                "bothways: nothing could be reached: no device answered a single question"
            )
            return UNREACHABLE
        return STATUS[verdict.outcome] if judged.final else CANCELLED


def _as_json(judged: Judged, pieces: tuple[Piece, ...]) -> str:
    more = {"spread": randomness(judged.findings), "pieces": [piece.as_dict() for piece in pieces]}
    return json.dumps({**judged.verdict.as_dict(), **more})


def _job(options: dict[str, Any], stack: ExitStack) -> DiagnoseJob:
    limits = _limits(options)
    if options["audit"] and options["replay"]:
        raise Usage("--audit records what is sent to devices, and --replay sends nothing")
    recording = load_recording(options["replay"]) if options["replay"] else None
    flow = (
        Flow.parse(options["flow"]) if options["flow"] else (recording.flow if recording else None)
    )
    if flow is None:
        raise Usage("which flow? Write it like 'tcp 192.0.2.20:43122 > 203.0.113.10:443'")
    inventory = recording.inventory if recording else _inventory(options)
    pasted = bring(options["pasted"], flow, inventory)
    for piece in pasted.pieces:
        sys.stderr.write(f"pasted: {plain(str(piece), 400)}\n")
    if recording:
        return DiagnoseJob(
            _case(flow, inventory, pasted), ReplayDriver(recording), limits, pasted.pieces
        )
    if not options["inventory"] and not options["pasted"]:
        raise Usage(
            "which devices? Give --inventory FILE (or --replay FILE, or --pasted DEVICE=FILE)"
        )
    return _live(flow, inventory, pasted, options, limits, stack)


def _inventory(options: dict[str, Any]) -> Inventory:
    inventory = read_inventory(options["inventory"]) if options["inventory"] else Inventory()
    for warning in inventory.warnings:
        sys.stderr.write(f"inventory: {plain(warning, 400)}\n")
    return inventory


def _case(flow: Flow, inventory: Inventory, pasted: ReadPaste) -> Case:
    devices = (piece.device for piece in pasted.pieces)
    return Case(flow, pasting.with_devices_of(pasted.evidence, inventory, devices), pasted.evidence)


def _live(
    flow: Flow,
    inventory: Inventory,
    pasted: ReadPaste,
    options: dict[str, Any],
    limits: Options,
    stack: ExitStack,
) -> DiagnoseJob:
    audit = _audit(options["audit"], stack) if options["audit"] else None
    driver = SshDriver(inventory, audit, accept_new_host_keys=options["accept_new_host_keys"])
    stack.callback(driver.close)
    return DiagnoseJob(_case(flow, inventory, pasted), driver, limits, pasted.pieces)


def _audit(path: str, stack: ExitStack) -> AuditFile:
    try:
        audit = AuditFile(path)
    except OSError as error:
        raise Usage(f"cannot write the record {path}: {error.strerror or error}") from None
    stack.callback(audit.close)
    return audit


def _limits(options: dict[str, Any]) -> Options:
    if not 1 <= options["window"] <= 60:
        raise Usage("--window takes 1 to 60 seconds")
    if not 5 <= options["budget"] <= 3600:
        raise Usage("--budget takes 5 to 3600 seconds")
    return Options(
        probes=options["probes"],
        window=options["window"],
        budget=options["budget"],
        ask=options["ask"],
    )


def _recording(job: DiagnoseJob, kept: RecordingDriver) -> Recording:
    return Recording(
        job.case.flow,
        job.case.inventory,
        tuple(kept.evidence),
        "recorded by bothways diagnose --record",
        Audience.ALL if job.driver.has_all_answers else Audience(job.options.ask),
    )


def _bad_usage(message: str) -> NoReturn:
    _end(BAD_USAGE, message)


def _end(status: int, message: str) -> NoReturn:
    sys.stderr.write(f"bothways diagnose: {message}\n")
    sys.exit(status)


class _Interrupt:
    """Ctrl-C ends the run with what is known; a second one ends it at once."""

    def __init__(self) -> None:
        self._count = 0

    def __enter__(self) -> _Interrupt:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: object) -> None:
        self._count += 1
        if self._count > 1:
            raise KeyboardInterrupt

    def seen(self) -> bool:
        """Was it pressed?"""
        return self._count > 0
