"""Which point saw which packet, and when? The captures of all points, shown as one ladder of
transmissions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from collectors.model.records import Packet
from workbench.analysis.captures.clocks import offsets
from workbench.analysis.captures.observations import label, loosely
from workbench.analysis.case.findings import Disposition, Findings, Observation, Trace

MOST = 24  # transmissions that are drawn
SLACK = 0.02  # seconds by which clocks may differ after correction
LINGER = 0.5  # seconds after which a packet on its way counts as another one


@dataclass(frozen=True, slots=True)
class LadderPacket:
    """One packet at one point, by our clock."""

    device: str
    time: float
    out: bool
    packet: Packet


def describe_ladder(findings: Findings) -> dict[str, Any] | None:
    """Points and transmissions as plain JSON; None = no capture saw anything."""
    clocks = offsets(findings)
    points = _points(findings)
    # below a tunnel, say, packets are seen by devices of another way
    shown = {point["device"] for point in points}
    seen = [observation for observation in findings.observations if observation.device in shown]
    sent = [
        one
        for path in (findings.forward, findings.reverse)
        for one in _transmissions(path, [s for s in seen if s.reverse == path.reverse], clocks)
    ]
    sent.sort(key=lambda one: float(one["time"]))
    if not sent:
        return None
    _count_retransmits(sent)
    begin = float(sent[0]["time"])
    for one in sent:
        _relative(one, begin)
    return {"points": points, "rows": sent[:MOST], "left_out": max(0, len(sent) - MOST)}


def _points(findings: Findings) -> list[dict[str, Any]]:
    """The devices that captured, from the client to the server, each with the direction whose path
    it is on."""
    watching = {observation.device for observation in findings.observations}
    forward, reverse = list(findings.forward.names), list(reversed(findings.reverse.names))
    order = _merged(forward, reverse)
    hops = {hop.device: hop for path in (findings.forward, findings.reverse) for hop in path.hops}
    return [
        {
            "device": name,
            "on": ("forward " if name in forward else "") + ("reverse" if name in reverse else ""),
            "boundary": hops[name].boundary.value if hops[name].boundary else None,  # type: ignore[union-attr]
        }
        for name in order
        if name in watching
    ]


def _merged(forward: list[str], reverse: list[str]) -> list[str]:
    """All names in one order that keeps that of both lists as far as they agree."""
    order = list(dict.fromkeys(forward))
    waiting: list[str] = []
    for name in dict.fromkeys(reverse):
        if name not in order:
            waiting.append(name)
        elif waiting:
            order[order.index(name) : order.index(name)] = waiting
            waiting = []
    return order + waiting


def _transmissions(
    path: Trace, observations: Iterable[Observation], clocks: dict[str, float]
) -> list[dict[str, Any]]:
    place = {name: at for at, name in enumerate(path.names)}
    seen = [
        LadderPacket(
            observation.device, packet.time - clocks.get(observation.device, 0.0), out, packet
        )
        for observation in observations
        for out, packets in ((False, observation.came_in), (True, observation.went_out))
        for packet in packets
    ]
    whole, groups = wholes(one.packet for one in seen), dict[object, list[LadderPacket]]()
    for one in seen:
        groups.setdefault(_mark(one.packet, whole), []).append(one)
    alike = _keep_ids(seen)
    return [
        _transmission(path, place, one)
        for group in groups.values()
        for one in _apart(group, place, alike)
    ]


def _mark(packet: Packet, whole: dict[int, int]) -> object:
    """By what a packet is known at every point: data by where it begins, whole or cut, others by
    all but the IP ID."""
    if packet.payload and packet.seq is not None:
        return whole.get(packet.seq, packet.seq)
    return loosely(packet)


def wholes(packets: Iterable[Packet]) -> dict[int, int]:
    """For each piece of data, where the largest segment begins that holds it: a sender's card cuts
    what is captured."""
    sizes: dict[int, int] = {}
    for packet in packets:
        if packet.payload and packet.seq is not None:
            sizes[packet.seq] = max(packet.payload, sizes.get(packet.seq, 0))
    found: dict[int, int] = {}
    begin = end = -1
    for seq in sorted(sizes):
        if seq + sizes[seq] > end:
            begin, end = seq, seq + sizes[seq]
        found[seq] = begin
    return found


def _keep_ids(seen: Iterable[LadderPacket]) -> frozenset[tuple[str, str]]:
    """Pairs of points between which the IP ID of a packet stays what it is; a box may write its
    own."""
    known: dict[object, set[str]] = {}
    for one in seen:
        if one.packet.ip_id:
            known.setdefault((loosely(one.packet), one.packet.ip_id), set()).add(one.device)
    return frozenset(
        (a, b) for devices in known.values() if len(devices) > 1 for a in devices for b in devices
    )


def _apart(
    group: list[LadderPacket], place: dict[str, int], alike: frozenset[tuple[str, str]]
) -> list[list[LadderPacket]]:
    """Several transmissions of packets that look the same: each has every point and direction at
    most once."""
    found: list[list[LadderPacket]] = []
    for seen in sorted(group, key=lambda one: (one.time, place.get(one.device, 99), one.out)):
        home = next((one for one in reversed(found) if _fits(one, seen, alike)), None)
        if home is None:
            found.append([seen])
        else:
            home.append(seen)
    return found


def _fits(
    transmission: list[LadderPacket], seen: LadderPacket, alike: frozenset[tuple[str, str]]
) -> bool:
    return seen.time - transmission[0].time < LINGER and not any(
        _other(one, seen, alike) for one in transmission
    )


def _other(one: LadderPacket, seen: LadderPacket, alike: frozenset[tuple[str, str]]) -> bool:
    """Are these two surely not the same transmission?"""
    if one.packet.seq != seen.packet.seq:  # pieces of one segment
        return False
    if (one.device, one.out) == (seen.device, seen.out):
        return True
    ids = {one.packet.ip_id, seen.packet.ip_id} - {None, 0}
    return len(ids) > 1 and (one.device, seen.device) in alike


def _transmission(path: Trace, place: dict[str, int], group: list[LadderPacket]) -> dict[str, Any]:
    ordered = sorted(group, key=lambda one: (place.get(one.device, 99), one.out))
    times: dict[str, float] = {}
    for one in ordered:
        times.setdefault(one.device, one.time)
    last = ordered[-1]
    arrived = place.get(last.device, -1) == len(path.hops) - 1
    return {
        "time": min(one.time for one in group),
        "reverse": path.reverse,
        "label": label(last.packet),
        "detail": _detail(max((one.packet for one in group), key=lambda packet: packet.payload)),
        "ports": [last.packet.flow.sport, last.packet.flow.dport] if last.packet.flow else [],
        "seen": times,
        "first": ordered[0].device,
        "last": last.device,
        "lost": not arrived and (not last.out or path.disposition is Disposition.INVISIBLE),
        "key": [label(last.packet), last.packet.seq, last.packet.payload, path.reverse],
    }


def _detail(packet: Packet) -> str:
    if packet.payload:
        return f"{packet.payload} B"
    if "S" in packet.flags and "." in packet.flags and packet.ack is not None:
        return f"ack {packet.ack}"
    return f"seq {packet.seq}" if packet.seq is not None else f"{packet.length} B"


def _count_retransmits(sent: list[dict[str, Any]]) -> None:
    met: dict[str, int] = {}
    for one in sent:
        key = str((one.pop("key"), one["ports"]))
        one["again"] = met.get(key, 0)
        met[key] = one["again"] + 1


def _relative(one: dict[str, Any], begin: float) -> None:
    one["time"] = round(one["time"] - begin, 6)
    one["seen"] = {device: round(time - begin, 6) for device, time in one["seen"].items()}
