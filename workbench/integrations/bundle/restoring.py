"""Puts the rows of a bundle into the database, all or none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import models

from workbench.incidents.models import Incident
from workbench.incidents.search import index
from workbench.integrations.bundle.reading import OpenBundle, Values
from workbench.integrations.bundle.refusal import BadBundle
from workbench.integrations.bundle.tables import EVENTS, INCIDENT, TABLES, Table

AT_ONCE = 100  # rows in one statement
Numbers = dict[str, dict[int, int]]  # table -> number in the bundle -> key of the row
OF_THE_INCIDENT = "incident_id"


def restore(bundle: OpenBundle) -> Incident:
    """The incident of a bundle that was checked, with everything that belongs to it; call it in a
    transaction. Raises BadBundle and IntegrityError."""
    values = next(bundle.rows(INCIDENT))
    chosen = {link.attribute: values.pop(link.attribute) for link in INCIDENT.links}
    incident = Incident.objects.create(**values, origin=bundle.manifest.origin[:200])
    numbers: Numbers = {}
    for table in TABLES[1:]:
        numbers[table.name] = _written(table, bundle.rows(table), incident, numbers)
    runs = numbers["runs"]
    wanted = {name: _key(runs, number) for name, number in chosen.items()}
    Incident.objects.filter(pk=incident.pk).update(**wanted)
    for event in EVENTS.rows(incident).iterator(AT_ONCE):
        index.add(event)
    return incident


def _written(
    table: Table, rows: Iterator[Values], incident: Incident, numbers: Numbers
) -> dict[int, int]:
    keys: dict[int, int] = {}
    place = 0
    while some := list(islice(rows, AT_ONCE)):
        made = [_row(table, values, incident, numbers) for values in some]
        for row in table.model._default_manager.bulk_create(made):
            place += 1
            keys[getattr(row, table.key) if table.key else place] = row.pk
    return keys


def _row(table: Table, values: Values, incident: Incident, numbers: Numbers) -> models.Model:
    linked = {
        link.attribute: _key(numbers[link.table], values[link.attribute]) for link in table.links
    }
    attributes: dict[str, Any] = values | linked
    if any(one.attname == OF_THE_INCIDENT for one in table.model._meta.concrete_fields):
        attributes["incident"] = incident
    return table.model(**attributes)


def _key(keys: dict[int, int], number: int | None) -> int | None:
    if number is None:
        return None
    if number not in keys:
        raise BadBundle(f"it speaks of a row {number} that is not in it")
    return keys[number]
