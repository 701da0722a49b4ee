"""What may a step look at when it decides which devices to ask? The case, and what reading it
found so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory
from collectors.model.step import Audience, Visit
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.case.packet_kinds import PacketKind
from workbench.analysis.evidence.own_attempts import client_tried
from workbench.analysis.evidence.read import read
from workbench.analysis.trace.likely_ways import between, likely_ways, strangers


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as the steps of the playbook see it; read only when a step asks for what reading
    finds."""

    case: Case
    audience: Audience = Audience.ALL  # whom the run asks by now

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
        names = (*(visit.device for visit in self.visits), *self.case.bridging)
        found: dict[str, Device] = {}
        for device in (*map(self.inventory.named, names), self.client, self.server):
            for one in self._with_partners(device):
                found[one.name] = one
        return tuple(device for device in found.values() if device.login is not None)

    @property
    def likely(self) -> tuple[Device, ...]:
        """The devices on the shortest ways between the ends, by the addresses that are known; none
        where all are asked anyway."""
        if self.audience is Audience.ALL:
            return ()
        names = likely_ways(self.case)
        return tuple(device for device in self.inventory.devices if device.name in names)

    @property
    def unplaced(self) -> tuple[Device, ...]:
        """The devices that must say which addresses they have before it is known whether they are
        near: all of them while an end is not known, else those of which nothing is known, and
        others on the links of the way, which may bridge them."""
        ends_known = self.client is not None and self.server is not None
        if self.audience is Audience.PLACES or not ends_known:
            return self.inventory.devices
        if self.audience is Audience.ALL:
            return ()
        names = strangers(self.case) | between(self.case, self._on_the_way)
        return tuple(device for device in self.inventory.devices if device.name in names)

    @property
    def _on_the_way(self) -> frozenset[str]:
        return frozenset(device.name for device in (*self.involved, *self.likely))

    def _with_partners(self, device: Device | None) -> tuple[Device, ...]:
        if device is None:
            return ()
        return (device, *self.inventory.partners(device))

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
        lost_reverse = set(self._directions_of_lost_data())
        senders = (
            self.client if False in lost_reverse else None,
            self.server if True in lost_reverse else None,
        )
        return tuple(device for device in senders if device is not None)

    def _directions_of_lost_data(self) -> Iterator[bool | None]:
        """Reverse or not; None = not known."""
        for attempt in self.findings.attempts:
            if attempt.end is ConnState.STALLED and attempt.loss is not None:
                yield attempt.loss.reverse
        for drop in self.findings.drops:
            if drop.packet == PacketKind.DATA:
                yield drop.reverse

    @property
    def tried(self) -> bool:
        """Was the client itself seen to use the flow's own source port?"""
        return client_tried(self.case)

    @property
    def server(self) -> Device | None:
        """The device that the flow really ends at, if it is known."""
        end = self.findings.server
        return self.inventory.named(end) if end else self.case.owner(self.flow.dst)
