"""Fills what incidents are found by from the events that are there: for databases of earlier
versions."""

from __future__ import annotations

from typing import Any

from workbench.incidents.search import index
from workbench.incidents.search.facts import LOOKED_AT, facts

AT_ONCE = 500


def fill(apps: Any, editor: Any) -> None:
    """Read every event once."""
    model = {
        name: apps.get_model("incidents", name)
        for name in (
            *("Event", "Run", "Incident", "SearchText", "DeviceMention", "AddressMention"),
            *("PersonMention", "FoundCause"),
        )
    }
    _mentions(model, _devices(apps, model))
    _people(model)
    for incident in model["Incident"].objects.values_list("pk", flat=True):
        run = index.speaking(model["Run"].objects.filter(incident=incident), incident)
        if run is not None:
            model["FoundCause"].objects.get_or_create(
                incident_id=incident, defaults=index.cause_columns(run)
            )


def _devices(apps: Any, model: dict[str, Any]) -> set[str]:
    kept = apps.get_model("inventory", "Device").objects.values_list("name", flat=True)
    pasted = model["Event"].objects.filter(kind="pasted").values_list("device", flat=True)
    return {*kept, *pasted.order_by().distinct()}


def _mentions(model: dict[str, Any], devices: set[str]) -> None:
    events = model["Event"].objects.filter(kind__in=sorted(LOOKED_AT)).order_by("pk")
    models = (model["SearchText"], model["DeviceMention"], model["AddressMention"])
    waiting: dict[Any, list[Any]] = {one: [] for one in models}
    columns = ("incident_id", "seq", "kind", "payload", "device")
    for incident, seq, kind, payload, device in events.values_list(*columns).iterator(AT_ONCE):
        found = facts(kind, payload, device)
        named = devices & set(found.perhaps_devices)
        for one, rows in index.rows_of(incident, seq, found, named, models):
            waiting[one] += rows
        if len(waiting[models[1]]) > AT_ONCE or len(waiting[models[0]]) > AT_ONCE:
            _write(waiting)
    _write(waiting)


def _write(waiting: dict[Any, list[Any]]) -> None:
    for one, rows in waiting.items():
        one.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
        rows.clear()


def _people(model: dict[str, Any]) -> None:
    events = model["Event"].objects.exclude(actor_name="").order_by()
    pairs = events.values_list("incident_id", "actor_name").distinct()
    rows = [model["PersonMention"](incident_id=pk, name=name) for pk, name in pairs]
    model["PersonMention"].objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
