"""The worker's entry point: finds the way to the devices of a run and investigates."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from celery import shared_task

from workbench.incidents.worker.investigator import CannotBegin, Investigator, begin

if TYPE_CHECKING:
    from collectors.model.driver import Driver, Recorder
    from collectors.model.inventory import Inventory
    from workbench.incidents.models import Run


@shared_task(name="bothways.run_investigation")
def run_investigation(run_id: int) -> None:
    """Investigate one queued run; does nothing when another worker took it or it was cancelled."""
    from collectors.platforms import platform_named
    from workbench.analysis.run import investigate

    run = begin(run_id)
    if run is not None:
        Investigator(run, reach, partial(investigate, platforms=platform_named)).work()


def reach(run: Run, recorder: Recorder) -> tuple[Inventory, Driver]:
    """The devices of a run and a way to ask them: a recording where the run plays one, else SSH."""
    return _from_recording(run.recording) if run.recording else _over_ssh(run, recorder)


def _over_ssh(run: Run, recorder: Recorder) -> tuple[Inventory, Driver]:
    from collectors.session import SshDriver
    from workbench.inventory import convert, vault

    try:
        inventory = convert.load()
    except vault.Sealed as error:
        raise CannotBegin(f"the credentials cannot be opened: {error}") from None
    if not inventory.devices and not run.incident.pasted.exists():
        raise CannotBegin(
            "the inventory is empty: add devices or import an inventory file, then run again"
        )
    return inventory, SshDriver(inventory, recorder)


def _from_recording(name: str) -> tuple[Inventory, Driver]:
    from django.conf import settings

    from collectors.offline.replay import BadRecording, ReplayDriver, load_recording

    try:
        recording = load_recording(name)
    except BadRecording as error:
        raise CannotBegin(str(error)) from None
    return recording.inventory, ReplayDriver(recording, settings.REPLAY_PACE)
