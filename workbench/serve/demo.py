"""The demo's network and its incident: a lab that runs, or its recording where a lab cannot run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth import get_user_model

from collectors.inventory.file import to_dict
from collectors.model.flow import Flow
from collectors.offline.replay import BadRecording, load_recording
from workbench.incidents import actions
from workbench.incidents.models import Incident
from workbench.inventory.actions import import_file
from workbench.lab.build.namespaces import LabError
from workbench.lab.build.running import running
from workbench.lab.topologies import lab_named
from workbench.serve.people import FIRST
from workbench.serve.refusal import StartRefused

RECORDINGS = Path(__file__).resolve().parents[1] / "lab" / "recordings"


@dataclass(frozen=True, slots=True)
class Story:
    """What the demo shows: the flow, the inventory file, and the recording if it is not live."""

    flow: Flow
    inventory: str
    base: Path
    recording: str = ""


def staged(lab: str, seed: int, stack: ExitStack, say: Callable[[str], None]) -> Story:
    """Bring the lab up for as long as the stack lives; fall back to its recording. Raises
    Refusal."""
    try:
        lab_named(lab)
    except LookupError as error:
        raise StartRefused(str(error)) from None
    say(f"bringing up the lab {lab}")
    try:
        up = stack.enter_context(running(lab, seed))
    except (LabError, OSError) as error:
        say(str(error))
        return recorded(lab, say)
    return Story(up.flow, up.inventory.read_text(), up.inventory.parent)


def recorded(lab: str, say: Callable[[str], None]) -> Story:
    """The recording of a lab. Raises Refusal when there is none."""
    folder = RECORDINGS / lab
    try:
        recording = load_recording(folder)
    except BadRecording:
        kept = (
            ", ".join(sorted(path.parent.name for path in RECORDINGS.glob("*/recording.json.gz")))
            or "none"
        )
        raise StartRefused(
            f"there is no recording of {lab} to show instead (there are: {kept}); use --lab"
        ) from None
    say(f"showing a recording of {lab} instead; every page says so")
    os.environ["BOTHWAYS_REPLAY"] = str(folder)
    return Story(recording.flow, json.dumps(to_dict(recording.inventory)), folder, str(folder))


def opened(story: Story) -> Incident:
    """Import the devices, open the incident and start its first run."""
    import_file(None, story.inventory, story.base)
    admin = get_user_model().objects.get(username=FIRST)
    incident = actions.open_incident(
        admin, story.flow, "Demo: the client cannot connect", recording=story.recording
    )
    actions.start_run(admin, incident)
    return incident
