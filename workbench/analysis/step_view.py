"""What may a step look at when it decides which devices to ask? The case, and what reading it
found so
far."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Evidence
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory
from collectors.model.step import Visit
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.evidence.own_attempts import client_tried
from workbench.analysis.evidence.read import read


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as the steps of the playbook see it; read only when a step wants to know what reading
    tells."""

    case: Case

    @property
    def flow(self) -> Flow:
        """The flow as the responder gave it."""
        return self.case.flow

    @property
    def inventory(self) -> Inventory:
        """All devices."""
        return self.case.inventory

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All answers so far."""
        return self.case.evidence

    @property
    def findings(self) -> Findings:
        """What reading the case yields."""
        return read(self.case)

    @property
    def visits(self) -> tuple[Visit, ...]:
        """Every place that either direction is known or thought to visit, alternates included."""
        return self.findings.visits

    @property
    def involved(self) -> tuple[Device, ...]:
        """The devices of all visits, their partners, and bridges that may lie between, where there
        is a login."""
        passed = (*(visit.device for visit in self.visits), *self.case.bridging)
        found: dict[str, Device] = {}
        for device in (*map(self.inventory.named, passed), self.client, self.server):
            if device is not None:
                found.update((one.name, one) for one in (device, *self.inventory.partners(device)))
        return tuple(device for device in found.values() if device.login is not None)

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The flow, its reverse, and every translation of them that is known."""
        return self.findings.flows

    @property
    def client(self) -> Device | None:
        """The device that sends the first packet, if it is in the inventory."""
        return self.case.client

    @property
    def unheard(self) -> tuple[Device, ...]:
        """The ends whose data is seen to be lost after the connection was made."""
        stalled = (one.loss for one in self.findings.attempts if one.end is ConnState.STALLED)
        ways = {loss.reverse for loss in stalled if loss is not None}
        ways |= {drop.reverse for drop in self.findings.drops if drop.packet == "data"}
        ends = (self.client if False in ways else None, self.server if True in ways else None)
        return tuple(device for device in ends if device is not None)

    @property
    def tried(self) -> bool:
        """Was the client itself seen to use the flow's own source port?"""
        return client_tried(self.case)

    @property
    def server(self) -> Device | None:
        """The device that the flow really ends at, if it is known."""
        end = self.findings.server
        return self.inventory.named(end) if end else self.case.owner(self.flow.dst)
