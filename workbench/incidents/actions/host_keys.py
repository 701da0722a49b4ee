"""Trusting the key of a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from workbench.incidents import queries, timeline
from workbench.incidents.actions.common import ActionRefused, needs_respond
from workbench.incidents.models import Event, Incident
from workbench.inventory import actions as inventory_actions
from workbench.inventory.models import Device

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Event.Kind


def accept_host_key(
    by: User, incident: Incident, device: Device, kind: str, fingerprint: str
) -> None:
    """Trust the key that a device offered in a run of this incident; somebody compared it."""
    needs_respond(by, incident)
    offered = {
        (key.device, key.fingerprint)
        for run in incident.runs.all()
        for key in queries.offered_keys(run)
    }
    if (device.name, fingerprint) not in offered:
        raise ActionRefused(f"{device.name} did not offer this key in a run of this incident")
    payload = {"device": device.name, "kind": kind[:64], "fingerprint": fingerprint}
    with transaction.atomic():
        inventory_actions.accept_host_key(by, device, kind, fingerprint)
        timeline.append(incident.pk, Kind.HOST_KEY, payload, by=by, device=device.name)
