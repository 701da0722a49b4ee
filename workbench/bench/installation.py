"""A process with an installation of 10,000 incidents and a million events in a database of its own:
fills it, asks for each address, and prints what each took. `size.py` starts it."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path
from typing import Any

import django

INCIDENTS, EVENTS = 10_000, 1_000_000
EACH = EVENTS // INCIDENTS
DETAILS, ANSWERS = 20, 12  # of a run's progress and answers, in each copy
COMMANDS = 30  # of each incident; a recorded run sends none
ROUNDS = 5
RECORDINGS = Path(__file__).resolve().parents[1] / "lab" / "recordings"


def main() -> None:
    """Fill, then measure."""
    django.setup()
    began = time.monotonic()
    user = _people()
    seeds = [
        _lived_through(user, folder) for folder in sorted(RECORDINGS.iterdir()) if folder.is_dir()
    ]
    _copies(seeds)
    _inventory()
    _tell(name="filling", seconds=time.monotonic() - began, **_counts())
    _measure(seeds[0].pk)


def _tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def _people() -> Any:
    """Somebody who responds and is no administrator: what they may see is a question of each page."""
    from django.contrib.auth.models import Group, User

    from workbench.incidents import roles

    roles.make_roles()
    user = User.objects.create_user("riley")
    user.groups.add(Group.objects.get(name="responder"))
    return user


def _lived_through(user: Any, recording: Path) -> Any:
    """One incident from a recorded run to its action items, with EACH events that are copied."""
    from django.conf import settings

    from collectors.offline.replay import load_recording
    from workbench.incidents import actions
    from workbench.incidents.live import notify
    from workbench.incidents.models import Event
    from workbench.incidents.worker import tasks

    settings.REPLAY, settings.REPLAY_PACE = str(recording), 0
    notify.changed = lambda incident_id, upto: None  # nobody looks
    actions.runs.enqueue = lambda run_id: None
    incident = actions.open_incident(
        user, load_recording(recording).flow, f"{recording.name} fails"
    )
    tasks.run_investigation(actions.start_run(user, incident).pk)
    for what in ("watch the share of invalid packets", "announce changes of the edge"):
        said = actions.ItemFields(text=what, kind="detect", due="2026-01-31")
        actions.add_item(user, incident, said)
    actions.check(user, incident, 10, "done", "the test passed")
    _commands(user, incident)
    have = Event.objects.filter(incident=incident, pk__in=_events(incident)).count()
    for number in range(have, EACH):
        actions.add_note(user, incident, f"looked at it again, no change on the edge {number}")
    return incident


def _events(incident: Any) -> list[int]:
    """The events that are copied: of the progress of the run only the beginning."""
    from workbench.incidents.models import Event

    rows = Event.objects.filter(incident=incident).order_by("seq").values_list("pk", flat=True)
    details = rows.filter(kind__in=Event.DETAIL)[:DETAILS]
    return sorted({*rows.exclude(kind__in=Event.DETAIL), *details})


def _commands(user: Any, incident: Any) -> None:
    """What the run would have sent to real devices."""
    from django.utils import timezone

    from workbench.incidents.models import CommandRecord, CommandResult, EvidenceRow

    now = timezone.now()
    for row in EvidenceRow.objects.filter(run__incident=incident).order_by("pk")[:COMMANDS]:
        record = CommandRecord.objects.create(
            incident=incident, run=row.run, actor=user, actor_name=user.get_username(), at=now,
            device=row.device, account="ops", question=row.question, step=row.step,
            command=row.command.encode(),
        )  # fmt: skip
        CommandResult.objects.create(
            record=record, at=now, status=row.status, duration=0.1, size=row.size,
            digest=row.digest,
        )  # fmt: skip


def _copies(seeds: list[Any]) -> None:
    from django.db import connection, transaction

    from workbench.bench.copying import Copier
    from workbench.incidents.models import Event, EvidenceRow

    answers = [
        key
        for seed in seeds
        for key in EvidenceRow.objects.filter(run__incident=seed)
        .order_by("pk")
        .values_list("pk", flat=True)[:ANSWERS]
    ]
    only: dict[Any, list[int]] = {
        Event: [key for seed in seeds for key in _events(seed)],
        EvidenceRow: answers,
    }
    with transaction.atomic():
        Copier(-(-INCIDENTS // len(seeds)) - 1, only).copy()
    if connection.vendor == "postgresql":  # as its autovacuum does, sooner or later
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _inventory() -> None:
    """Every device that was asked is kept, each with an owner."""
    from workbench.incidents.models import CommandRecord
    from workbench.inventory.models import Device

    names = CommandRecord.objects.order_by("device").values_list("device", flat=True).distinct()
    devices = [
        Device(
            name=name,
            role="router",
            owner="team-net",
            addresses=[f"10.200.{at // 250}.{at % 250 + 1}/30"],
        )
        for at, name in enumerate(names)
    ]
    Device.objects.bulk_create(devices)


def _counts() -> dict[str, int]:
    from workbench.incidents.models import CommandRecord, Event, Incident
    from workbench.inventory.models import Device

    return {
        "incidents": Incident.objects.count(),
        "events": Event.objects.count(),
        "commands": CommandRecord.objects.count(),
        "devices": Device.objects.count(),
    }


def _measure(incident: int) -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    from workbench.bench.addresses import ADDRESSES

    client = Client()
    client.force_login(User.objects.get(username="riley"))
    for name, address in ADDRESSES.items():
        where = address.format(n=incident)
        took = [_seconds(client, where) for _ in range(ROUNDS + 1)][1:]  # templates are read once
        _tell(name=name, address=where, seconds=statistics.median(took))


def _seconds(client: Any, address: str) -> float:
    began = time.perf_counter()
    answer = client.get(address)
    took = time.perf_counter() - began
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return took


if __name__ == "__main__":
    main()
