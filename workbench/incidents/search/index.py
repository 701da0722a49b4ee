"""Keeps what incidents are found by, in the transaction of the event that says it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from workbench.incidents.flows import OF_THE_MAIN_FLOW
from workbench.incidents.models import (
    AddressMention,
    DeviceMention,
    Event,
    FoundCause,
    PersonMention,
    Run,
    SearchText,
)
from workbench.incidents.search.facts import LOOKED_AT, Facts, facts
from workbench.incidents.search.words import packed
from workbench.inventory.models import Device

Kind = Event.Kind
# after these another run may speak for the incident
SETTLING = (
    *(Kind.JUDGED, Kind.RUN_ENDED, Kind.RUN_CHOSEN, Kind.STATE_CHANGED, Kind.IMPORTED),
    Kind.FLOW_CHANGED,
)
JUDGED = Q(state="done", verdict_final=True)


def add(event: Event) -> None:
    """Keep what this event says; called in the transaction that writes it."""
    if event.kind in LOOKED_AT:
        payload = event.payload | _decider(event)
        _keep(event.incident_id, event.seq, facts(event.kind, payload, event.device))
    if event.actor_name:
        row = PersonMention(incident_id=event.incident_id, name=event.actor_name)
        PersonMention.objects.bulk_create([row], ignore_conflicts=True)
    if event.kind in SETTLING:
        settle(event.incident_id)


def _decider(event: Event) -> dict[str, Any]:
    """Who decided, which the verdict says and its event does not."""
    if event.kind != Kind.JUDGED or event.run_id is None or not event.payload.get("final"):
        return {}
    verdict = Run.objects.filter(pk=event.run_id).values_list("verdict", flat=True).first()
    return {"decided_by": (verdict or {}).get("decided_by")}


def forget(incident_id: int, seq: int) -> None:
    """Keep the words of an event no longer: they were redacted."""
    SearchText.objects.filter(pk=SearchText.key(incident_id, seq)).delete()


def supersede(event: Event) -> None:
    """A note, or a correction of it, is not what counts any longer: a newer correction does."""
    forget(event.incident_id, event.seq)
    old = facts(event.kind, event.payload, event.device)
    if old.addresses or _known(event.incident_id, old):
        again(event.incident_id)


def again(incident_id: int) -> None:
    """Keep anew what an incident's events say, after something of it was taken back."""
    for model in MODELS:
        model.objects.filter(incident=incident_id).delete()
    told = Event.objects.filter(incident=incident_id, kind__in=LOOKED_AT).order_by("seq")
    superseded = set(told.filter(kind=Kind.CORRECTED).values_list("payload__corrects", flat=True))
    for event in told:
        if event.seq not in superseded:
            payload = event.payload | _decider(event)
            _keep(incident_id, event.seq, facts(event.kind, payload, event.device))


def settle(incident_id: int) -> None:
    """Keep which cause speaks for the incident now."""
    runs = Run.objects.filter(OF_THE_MAIN_FLOW, incident=incident_id)
    run = speaking(runs, incident_id)
    if run is None:
        FoundCause.objects.filter(incident=incident_id).delete()
        return
    FoundCause.objects.update_or_create(incident_id=incident_id, defaults=cause_columns(run))


def speaking(runs: Any, incident_id: int) -> Any:
    """The run that shows the fault, by choice or as the last broken one, else the last verdict."""
    newest_first = runs.filter(JUDGED).order_by("-number").only("number", "root_cause", "verdict")
    chosen = runs.model.objects.filter(incident=incident_id, pk__in=_chosen(runs, incident_id))
    return chosen.first() or newest_first.filter(outcome="broken").first() or newest_first.first()


def _chosen(runs: Any, incident_id: int) -> Any:
    incidents = runs.model._meta.get_field("incident").remote_field.model
    row = incidents.objects.filter(pk=incident_id, chosen_fault__isnull=False)
    return row.values("chosen_fault")


def cause_columns(run: Any) -> dict[str, Any]:
    """What is kept of the run that speaks."""
    guilty = str((run.verdict or {}).get("guilty_node") or "")[:100]
    return {"cause": run.root_cause, "guilty": guilty, "run_number": run.number}


def _keep(incident_id: int, seq: int, found: Facts) -> None:
    for model, rows in rows_of(incident_id, seq, found, _known(incident_id, found)):
        if rows:
            model._default_manager.bulk_create(rows, ignore_conflicts=True)


def _known(incident_id: int, found: Facts) -> set[str]:
    """Those names in a text that are devices: of the inventory, or of this incident."""
    if not found.perhaps_devices:
        return set()
    kept = Device.objects.filter(name__in=found.perhaps_devices).values_list("name", flat=True)
    here = DeviceMention.objects.filter(
        incident=incident_id, device__in=found.perhaps_devices
    ).values_list("device", flat=True)
    return {*kept, *here}


Models = tuple[Any, Any, Any]
MODELS: Models = (SearchText, DeviceMention, AddressMention)


def rows_of(
    incident_id: int, seq: int, found: Facts, named: Iterable[str], models: Models = MODELS
) -> list[tuple[Any, list[Any]]]:
    """The rows for what an event says; `models` are those of a migration while one runs."""
    texts, devices, addresses = models
    of = {"incident_id": incident_id}
    mentioned = found.devices | {(name, DeviceMention.Role.NAMED.value) for name in named}
    key = SearchText.key(incident_id, seq)
    return [
        (texts, [texts(id=key, words=found.words, **of)] if found.words else []),
        (devices, [devices(device=name, role=role, **of) for name, role in sorted(mentioned)]),
        (
            addresses,
            [
                addresses(address=packed(address), role=role, **of)
                for address, role in sorted(found.addresses, key=str)
            ],
        ),
    ]
