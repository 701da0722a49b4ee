"""The case: one flow, the inventory, and all evidence so far. Frozen; more evidence makes a new
case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address
from collectors.model.inventory import Device, Role
from collectors.model.records import FilterRule, Packet, Session, SessionEvent
from collectors.model.settings import DeviceSetting, Knob
from workbench.analysis.case.held_addresses import HeldAddresses
from workbench.analysis.case.interface_addresses import InterfaceAddress
from workbench.analysis.case.probers import sits_at
from workbench.analysis.case.samples import Samples, all_counted, numbers, rises
from workbench.analysis.case.settings import NOTHING_KNOWN, KnownSettings

LOW_TTL = 32  # no system begins with so small a one
FILTERS = (Question.FILTER, Question.FILTER_IPTABLES, Question.FILTER_LEGACY)


@dataclass(frozen=True)
class Case(HeldAddresses):
    """Everything known about one flow. Queries only; no judgement."""

    def with_evidence(self, more: Iterable[Evidence]) -> Case:
        """The case with more answers."""
        return replace(self, evidence=(*self.evidence, *more))

    @cached_property
    def memo(self) -> dict[object, Any]:
        """What pure queries have worked out about this case already."""
        return {}

    # --- whose address is it? ---

    @property
    def client(self) -> Device | None:
        """The device that sends the first packet, if it is in the inventory."""
        return self.owner(self.flow.src)

    def owner(self, address: Address) -> Device | None:
        """Which device holds that address? One that has it on a link comes before one that has it
        on loopback.

        Of several that hold the flow's source, the one that was seen to send most of the flow,
        wherever it holds it.
        """
        is_source = address == self.flow.src

        def order(port: InterfaceAddress) -> tuple[int, bool, bool]:
            sent = self._sent.get(port.device, 0) if is_source else 0
            return -sent, port.on_loopback, not port.up

        ports = sorted(self.holders(address), key=order)
        if ports:
            return self.inventory.named(ports[0].device)
        return self.inventory.owner(address) or self._by_elimination(address)

    @cached_property
    def _sent(self) -> dict[str, int]:
        """How many packets of the flow did each holder of its source send, by its own capture?"""
        holders = {port.device for port in self.holders(self.flow.src)}
        return {name: sum(1 for _ in self._sent_by(name)) for name in holders}

    def _sent_by(self, device: str) -> Iterator[Packet]:
        for packet, _ in self.all_records(device, Question.CAPTURE, Packet):
            flow = packet.flow
            if not packet.outgoing or flow is None or not self.flow.covers(flow):
                continue
            if flow.sport not in self.traced_from:
                yield packet

    @cached_property
    def traced_from(self) -> frozenset[int]:
        """The source ports that our traceroutes were set to use; ports of the flow's own are none
        of them."""
        own = (self.flow.sport, self.flow.dport)
        found: set[int] = set()
        for item in self.evidence:
            found.update(port for port in _traced_from(item) if port is not None)
        return frozenset(found.difference(own))

    @property
    def duplicate_addresses(self) -> tuple[str, ...]:
        """The devices that hold the flow's source on a link, where they are several and not all
        were watched."""
        names: dict[str, None] = {}
        for port in self.holders(self.flow.src):
            if port.up and not port.on_loopback:
                names[port.device] = None
        all_watched = all(self.asked(name, Question.CAPTURE) for name in names)
        return tuple(names) if len(names) > 1 and not all_watched else ()

    def _by_elimination(self, address: Address) -> Device | None:
        """An end of the flow that nobody holds belongs to the only device of that role that shows
        no address."""
        without = [device for device in self.inventory.devices if not self.ports_of(device.name)]
        role = {self.flow.src: Role.CLIENT, self.flow.dst: Role.SERVER}.get(address)
        found = [device for device in without if device.role is role]
        if role is not None and not found:
            found = [device for device in without if self._probes_from(device.name, address)]
        return found[0] if len(found) == 1 else None

    def _probes_from(self, device: str, address: Address) -> bool:
        """Did somebody paste probes of the other end from a device that may hold this one?"""
        other = self.flow.src if address == self.flow.dst else self.flow.dst
        items = [item for item in self.evidence if item.device == device]
        return sits_at(items, address, other)

    # --- how is it set? ---

    @cached_property
    def _settings(self) -> dict[str, KnownSettings]:
        return {
            name: KnownSettings.of(self.usable(name, Question.SETTINGS)) for name in self._names
        }

    def known_settings(self, device: str) -> KnownSettings:
        """Everything that is known of how the device is set."""
        return self._settings.get(device, NOTHING_KNOWN)

    def setting(
        self, device: str, knob: Knob, interface: str | None = None, version: int | None = None
    ) -> DeviceSetting | None:
        """How is that set there? interface None = on the device as a whole. None = not known."""
        return self.known_settings(device).setting(knob, interface, version)

    def presets(self, device: str, knob: Knob, version: int) -> tuple[DeviceSetting, ...]:
        """What its interfaces were given, each of which may be set otherwise by now."""
        return self.known_settings(device).presets(knob, version)

    def settings(self, device: str) -> dict[str, str]:
        """All settings that the device reported, by the names that it uses."""
        return self.known_settings(device).texts

    # --- sessions and counters ---

    def sessions(self, device: str) -> tuple[tuple[Session, Evidence], ...]:
        """Every state table entry the device ever showed, from lookups and events, newest first."""
        return self._sessions.get(device, ())

    @cached_property
    def _sessions(self) -> dict[str, tuple[tuple[Session, Evidence], ...]]:
        return {name: tuple(self._sessions_of(name)) for name in self._names}

    def _sessions_of(self, device: str) -> Iterator[tuple[Session, Evidence]]:
        yield from self.all_records(device, Question.SESSIONS, Session)
        events = self.all_records(device, Question.SESSION_EVENTS, SessionEvent)
        yield from ((event.session, item) for event, item in events)

    def samples(self, device: str, question: Question) -> Samples | None:
        """The answers "before" and "after" the window, where both are there."""
        return Samples.of(self.usable(device, question))

    def deltas(self, device: str, question: Question) -> dict[str, int] | None:
        """By how much did each number rise in the window? Counters as `scope/name`, filter rules by
        `rule.key`.

        None = there are no two samples, which is not the same as "nothing moved" (no number is left
        out).
        """
        pair = self.samples(device, question)
        return rises(pair) if pair is not None else None

    def rule_deltas(self, device: str) -> tuple[tuple[FilterRule, int, Evidence], ...]:
        """Every counting filter rule of all dialects with its packets in the window, and the
        evidence "after"."""
        found: list[tuple[FilterRule, int, Evidence]] = []
        for question in FILTERS:
            pair = self.samples(device, question)
            if pair is not None:
                found.extend(_rules_moved(pair))
        return tuple(found)


def _traced_from(item: Evidence) -> tuple[int | None, ...]:
    """From which ports was this traceroute set to send? One to no port is from the service's
    own."""
    if item.question is Question.TRACE_SPREAD:
        return tuple(item.params.ports)
    flow = item.params.flow
    if item.question is not Question.TRACE or flow is None or flow.dport is None:
        return ()
    return (flow.sport,)


def _rules_moved(pair: Samples) -> Iterator[tuple[FilterRule, int, Evidence]]:
    before, every_rule_counted = numbers(pair[0]), all_counted(pair[0])
    for rule in pair[1].of(FilterRule):
        comparable = rule.key in before or every_rule_counted
        if rule.packets is not None and comparable:
            risen = rule.packets - before.get(rule.key, 0)
            yield rule, max(0, risen), pair[1]
