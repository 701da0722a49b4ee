"""Which point saw which packet, and when? The captures of all points, told as one ladder of transmissions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from collectors.model.records import Packet
from workbench.analysis.crossing import fingerprint, label
from workbench.analysis.findings import Findings, Path, Sighting

MOST = 24  # transmissions that are drawn
SLACK = 0.02  # seconds by which clocks may differ after correction
LINGER = 0.5  # seconds after which a packet on its way counts as another one


@dataclass(frozen=True, slots=True)
class Seen:
    """One packet at one point, by our clock."""

    device: str
    time: float
    out: bool
    packet: Packet


def describe_ladder(findings: Findings) -> dict[str, Any] | None:
    """Points and transmissions as plain JSON; None = no capture saw anything."""
    offsets = _offsets(findings)
    sent = [
        one
        for path in (findings.forward, findings.reverse)
        for one in _transmissions(path, [s for s in findings.sightings if s.reverse == path.reverse], offsets)
    ]
    sent.sort(key=lambda one: float(one["time"]))
    if not sent:
        return None
    _count_retransmits(sent)
    points = _points(findings)
    begin = float(sent[0]["time"])
    for one in sent:
        _relative(one, begin)
    return {"points": points, "rows": sent[:MOST], "left_out": max(0, len(sent) - MOST)}


def _offsets(findings: Findings) -> dict[str, float]:
    """How far each device's clock is ahead of ours."""
    return {item.device: item.clock_offset for item in findings.case.evidence if item.clock_offset}


def _points(findings: Findings) -> list[dict[str, Any]]:
    """The devices that captured, from the client to the server, each told which direction's path it is on."""
    watching = {sighting.device for sighting in findings.sightings}
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


def _transmissions(path: Path, sightings: Iterable[Sighting], offsets: dict[str, float]) -> list[dict[str, Any]]:
    place = {name: at for at, name in enumerate(path.names)}
    groups: dict[object, list[Seen]] = {}
    for sighting in sightings:
        off = offsets.get(sighting.device, 0.0)
        for out, packets in ((False, sighting.came_in), (True, sighting.went_out)):
            for packet in packets:
                seen = Seen(sighting.device, packet.time - off, out, packet)
                groups.setdefault(fingerprint(packet), []).append(seen)
    return [_transmission(path, place, one) for group in groups.values() for one in _apart(group, place)]


def _apart(group: list[Seen], place: dict[str, int]) -> list[list[Seen]]:
    """Several transmissions of packets that look the same: each has every point and direction at most once."""
    found: list[list[Seen]] = []
    for seen in sorted(group, key=lambda one: (one.time, place.get(one.device, 99), one.out)):
        home = next((one for one in reversed(found) if _fits(one, seen)), None)
        if home is None:
            found.append([seen])
        else:
            home.append(seen)
    return found


def _fits(transmission: list[Seen], seen: Seen) -> bool:
    if any((one.device, one.out) == (seen.device, seen.out) for one in transmission):
        return False
    return seen.time - transmission[0].time < LINGER


def _transmission(path: Path, place: dict[str, int], group: list[Seen]) -> dict[str, Any]:
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
        "detail": _detail(last.packet),
        "ports": [last.packet.flow.sport, last.packet.flow.dport] if last.packet.flow else [],
        "seen": times,
        "first": ordered[0].device,
        "last": last.device,
        "lost": not last.out and not arrived,
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
