"""The case: one flow, the inventory, and all evidence so far. Frozen; more evidence makes a new
case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import ip_interface
from typing import Any, TypeVar

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.flow import Address, Flow
from collectors.model.inventory import AddressWithPrefix, Device, Inventory, Role
from collectors.model.records import (
    FilterRule,
    Interface,
    Packet,
    Route,
    Session,
    SessionEvent,
)
from collectors.model.settings import DeviceSetting, Knob
from workbench.analysis.case.interface_addresses import InterfaceAddress, interfaces_of
from workbench.analysis.case.own_addresses import own_sources, own_words, serves, socket_ends
from workbench.analysis.case.probers import sits_at
from workbench.analysis.case.samples import all_counted, numbers
from workbench.analysis.case.settings import NOTHING_KNOWN, KnownSettings

R = TypeVar("R")
LOW_TTL = 32  # no system begins with so small a one

BLIND = frozenset({Status.NOT_ASKED, Status.NO_ANSWER, Status.REFUSED})
FILTERS = (Question.FILTER, Question.FILTER_IPTABLES, Question.FILTER_LEGACY)


@dataclass(frozen=True)
class Case:
    """Everything known about one flow. Queries only; no judgement."""

    flow: Flow
    inventory: Inventory
    evidence: tuple[Evidence, ...] = ()

    def with_evidence(self, more: Iterable[Evidence]) -> Case:
        """The case with more answers."""
        return replace(self, evidence=(*self.evidence, *more))

    @cached_property
    def _index(self) -> dict[tuple[str, Question], tuple[Evidence, ...]]:
        index: dict[tuple[str, Question], list[Evidence]] = {}
        for item in self.evidence:
            index.setdefault((item.device, item.question), []).append(item)
        return {key: tuple(items) for key, items in index.items()}

    def answers(self, device: str, question: Question) -> tuple[Evidence, ...]:
        """Every answer of a device to a question, in the order in which they came, whatever their
        status."""
        return self._index.get((device, question), ())

    def answer(self, device: str, question: Question) -> Evidence | None:
        """The newest usable answer, or None."""
        usable = self.usable(device, question)
        return usable[-1] if usable else None

    def usable(self, device: str, question: Question) -> tuple[Evidence, ...]:
        """The answers that could be read, in the order in which they came."""
        return tuple(e for e in self.answers(device, question) if e.status is Status.ANSWERED)

    def records(self, device: str, question: Question, kind: type[R]) -> tuple[R, ...]:
        """The records of one class in the newest usable answer; empty also when nothing was
        answered."""
        newest = self.answer(device, question)
        return newest.of(kind) if newest else ()

    def all_records(
        self, device: str, question: Question, kind: type[R]
    ) -> Iterator[tuple[R, Evidence]]:
        """The records of one class in all usable answers, newest answer first, each with its
        evidence."""
        for item in reversed(self.answers(device, question)):
            if item.status is Status.ANSWERED:
                for record in item.of(kind):
                    yield record, item

    def asked(self, device: str, question: Question) -> bool:
        """Was it answered in full? Tells "answered: none" from "not known": a cut answer says
        nothing by absence."""
        newest = self.answer(device, question)
        return newest is not None and newest.whole

    def reached(self, device: str) -> bool:
        """Did the device answer anything at all?"""
        return device in self._answering

    def silent(self, device: str) -> bool:
        """Can nothing be learned from it: nobody knows it, or it was asked and never answered?"""
        if self.inventory.named(device) is None:
            return True
        return device in self._asked and all(
            e.status in BLIND for e in self.evidence if e.device == device
        )

    @cached_property
    def _asked(self) -> frozenset[str]:
        return frozenset(e.device for e in self.evidence)

    @cached_property
    def _answering(self) -> frozenset[str]:
        return frozenset(e.device for e in self.evidence if e.status is Status.ANSWERED)

    @cached_property
    def ports(self) -> tuple[InterfaceAddress, ...]:
        """Every address of every device: what a device says of itself wins over the inventory
        file."""
        found: list[InterfaceAddress] = []
        for device in self.inventory.devices:
            interfaces = self.interfaces(device.name)
            for one in interfaces:
                found.extend(
                    InterfaceAddress(device.name, one.name, held, one.mac, one.up)
                    for held in one.addresses
                )
            if self.in_part(device.name):
                told = {held.ip for one in interfaces for held in one.addresses}
                declared = device.addresses or (() if interfaces else self._sources(device.name))
                found.extend(
                    InterfaceAddress(device.name, None, held)
                    for held in declared
                    if held.ip not in told
                )
        return (*found, *self._service_alone(found))

    def in_part(self, device: str) -> bool:
        """May the device have interfaces that it did not tell of?"""
        newest = self.answer(device, Question.INTERFACES)
        return newest is None or not newest.whole or not newest.of(Interface)

    def _sources(self, device: str) -> tuple[AddressWithPrefix, ...]:
        """Addresses that it shows to be its own without telling its interfaces."""
        theirs = {one for name, held in self._socket_ends.items() if name != device for one in held}
        items = self._told(device)
        shown = (
            *own_sources(items),
            *(one for one in self._socket_ends.get(device, ()) if one not in theirs),
        )
        named = own_words(device, items, self.flow)
        return tuple(ip_interface(address) for address in dict.fromkeys((*shown, *named)))

    @cached_property
    def _socket_ends(self) -> dict[str, tuple[Address, ...]]:
        """The addresses at each device's own end of its connections; those of the host itself are
        none."""
        names = (device.name for device in self.inventory.devices)
        return {name: socket_ends(self.usable(name, Question.SOCKETS)) for name in names}

    def _service_alone(self, found: list[InterfaceAddress]) -> list[InterfaceAddress]:
        """Nobody tells of the target's address: the only one who was pasted without any, and who
        serves that port."""
        dst = self.flow.dst
        if any(port.address.ip == dst for port in found):
            return []
        known = {port.device for port in found}
        silent = [device.name for device in self.inventory.devices if device.name not in known]
        serving = [name for name in silent if serves(self._told(name), self.flow)]
        return [InterfaceAddress(serving[0], None, ip_interface(dst))] if len(serving) == 1 else []

    def _told(self, device: str) -> list[Evidence]:
        return [
            item
            for item in self.evidence
            if item.device == device and item.status is Status.ANSWERED
        ]

    @cached_property
    def _holders(self) -> dict[Address, tuple[InterfaceAddress, ...]]:
        holders: dict[Address, tuple[InterfaceAddress, ...]] = {}
        for port in self.ports:
            holders[port.address.ip] = (*holders.get(port.address.ip, ()), port)
        return holders

    def holders(self, address: Address) -> tuple[InterfaceAddress, ...]:
        """Every place that holds that address; several for link-local, shared and duplicate
        addresses."""
        return self._holders.get(address, ())

    def interfaces(self, device: str) -> tuple[Interface, ...]:
        """The device's interfaces as it tells them, else as its routes let them be known."""
        return self._interfaces.get(device, ())

    @cached_property
    def _interfaces(self) -> dict[str, tuple[Interface, ...]]:
        found = {}
        for name in (device.name for device in self.inventory.devices):
            told = self.records(name, Question.INTERFACES, Interface)
            by_routes = (
                interfaces_of(self.records(name, Question.ROUTES, Route))
                if self.in_part(name)
                else ()
            )
            names = {one.name for one in told}
            found[name] = (*told, *(one for one in by_routes if one.name not in names))
        return found

    def interface(self, device: str, name: str | None) -> Interface | None:
        """One interface of the device, or None."""
        return next((one for one in self.interfaces(device) if one.name == name), None)

    def ports_of(self, device: str) -> tuple[InterfaceAddress, ...]:
        """All addresses of one device."""
        return self._ports_by_device.get(device, ())

    @cached_property
    def _ports_by_device(self) -> dict[str, tuple[InterfaceAddress, ...]]:
        found: dict[str, tuple[InterfaceAddress, ...]] = {}
        for port in self.ports:
            found[port.device] = (*found.get(port.device, ()), port)
        return found

    def owner(self, address: Address) -> Device | None:
        """Which device holds that address? One that has it on a link comes before one that has it
        on loopback.

        Of several that hold the flow's source, the one that was seen to send most of the flow,
        wherever it holds it.
        """

        def order(port: InterfaceAddress) -> tuple[int, bool, bool]:
            sent = self._sent.get(port.device, 0) if address == self.flow.src else 0
            return -sent, port.on_loopback, not port.up

        ports = sorted(self.holders(address), key=order)
        if ports:
            return self.inventory.named(ports[0].device)
        return self.inventory.owner(address) or self._by_elimination(address)

    @cached_property
    def _sent(self) -> dict[str, int]:
        """How many packets of the flow did each holder of its source send, by its own capture?"""
        found: dict[str, int] = {}
        for name in {port.device for port in self.holders(self.flow.src)}:
            packets = (
                p
                for p, _ in self.all_records(name, Question.CAPTURE, Packet)
                if p.outgoing and p.flow
            )
            mine = (p for p in packets if p.flow and self.flow.covers(p.flow))
            found[name] = sum(
                p.flow is not None and p.flow.sport not in self.traced_from for p in mine
            )
        return found

    @cached_property
    def traced_from(self) -> frozenset[int]:
        """The source ports that our traceroutes were set to use; ports of the flow's own are none
        of them."""
        told = (
            e.params.flow for e in self.evidence if e.question is Question.TRACE and e.params.flow
        )
        # to no port: from the service's own
        single = {flow.sport for flow in told if flow.dport is not None}
        several = {
            port
            for e in self.evidence
            if e.question is Question.TRACE_SPREAD
            for port in e.params.ports
        }
        return frozenset(
            port
            for port in single | several
            if port not in (None, self.flow.sport, self.flow.dport)
        )

    @property
    def duplicate_addresses(self) -> tuple[str, ...]:
        """The devices that hold the flow's source on a link, where they are several and not all
        were watched."""
        held = (
            port.device for port in self.holders(self.flow.src) if port.up and not port.on_loopback
        )
        names = tuple(dict.fromkeys(held))
        unseen = [name for name in names if not self.asked(name, Question.CAPTURE)]
        return names if len(names) > 1 and unseen else ()

    def _by_elimination(self, address: Address) -> Device | None:
        """An end of the flow that nobody holds belongs to the only device of that role that tells
        of no address."""
        wanted = {self.flow.src: Role.CLIENT, self.flow.dst: Role.SERVER}.get(address)
        untold = [device for device in self.inventory.devices if not self.ports_of(device.name)]
        silent = [device for device in untold if device.role is wanted]
        found = (
            silent
            if silent or wanted is None
            else [one for one in untold if self._probes_from(one.name, address)]
        )
        return found[0] if len(found) == 1 else None

    def _probes_from(self, device: str, address: Address) -> bool:
        """Did somebody paste probes of the other end from a device that may hold this one?"""
        other = self.flow.src if address == self.flow.dst else self.flow.dst
        return sits_at((item for item in self.evidence if item.device == device), address, other)

    @cached_property
    def _settings(self) -> dict[str, KnownSettings]:
        return {
            device.name: KnownSettings.of(self.usable(device.name, Question.SETTINGS))
            for device in self.inventory.devices
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
        return {one.name: one.text for one in self.known_settings(device).by_name.values()}

    def sessions(self, device: str) -> tuple[tuple[Session, Evidence], ...]:
        """Every state table entry the device ever showed, from lookups and events, newest first."""
        return self._sessions.get(device, ())

    @cached_property
    def _sessions(self) -> dict[str, tuple[tuple[Session, Evidence], ...]]:
        found = {}
        for device in self.inventory.devices:
            looked_up = list(self.all_records(device.name, Question.SESSIONS, Session))
            events = self.all_records(device.name, Question.SESSION_EVENTS, SessionEvent)
            looked_up.extend((event.session, item) for event, item in events)
            found[device.name] = tuple(looked_up)
        return found

    def samples(self, device: str, question: Question) -> tuple[Evidence, Evidence] | None:
        """The answers "before" and "after" the window, where both are there."""
        usable = [e for e in self.answers(device, question) if e.status is Status.ANSWERED]
        before = next((e for e in usable if e.params.sample == "before"), None)
        after = next((e for e in reversed(usable) if e.params.sample == "after"), None)
        return (before, after) if before and after else None

    def deltas(self, device: str, question: Question) -> dict[str, int] | None:
        """By how much did each number rise in the window? Counters as `scope/name`, filter rules by
        `rule.key`.

        None = there are no two samples, which is not the same as "nothing moved" (no number is left
        out).
        """
        pair = self.samples(device, question)
        if pair is None:
            return None
        before, after = numbers(pair[0]), numbers(pair[1])
        known = {key: before.get(key, 0) for key in after if key in before or all_counted(pair[0])}
        return {key: after[key] - start for key, start in known.items() if after[key] >= start}

    def rule_deltas(self, device: str) -> tuple[tuple[FilterRule, int, Evidence], ...]:
        """Every counting filter rule of all dialects with its packets in the window, and the
        evidence "after"."""
        found: list[tuple[FilterRule, int, Evidence]] = []
        for question in FILTERS:
            pair = self.samples(device, question)
            if pair is None:
                continue
            before = numbers(pair[0])
            for rule in pair[1].of(FilterRule):
                if rule.packets is not None and (rule.key in before or all_counted(pair[0])):
                    found.append((rule, max(0, rule.packets - before.get(rule.key, 0)), pair[1]))
        return tuple(found)

    @cached_property
    def memo(self) -> dict[object, Any]:
        """What pure queries have worked out about this case already."""
        return {}

    @cached_property
    def bridging(self) -> frozenset[str]:
        """The devices that join at least two of their ports to a bridge: packets may cross them
        without any route."""
        ports = {
            d.name: [i.master for i in self.interfaces(d.name) if i.master]
            for d in self.inventory.devices
        }
        return frozenset(
            name for name, masters in ports.items() if len(masters) > len(set(masters))
        )

    @property
    def client(self) -> Device | None:
        """The device that sends the first packet, if it is in the inventory."""
        return self.owner(self.flow.src)
