"""Which device between the ends made a RST that neither end sent?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.records import Packet
from workbench.analysis.captures import time_spans
from workbench.analysis.captures.observations import Print, fingerprint, label
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.findings import Hop, Observation, Trace
from workbench.analysis.case.packet_kinds import PacketKind
from workbench.analysis.case.wording import some

Points = dict[tuple[str, bool], Observation]


def made_resets(case: Case, path: Trace, points: Points) -> Iterator[Drop]:
    """The first place on this path where a RST goes on that no device before it sent: it refuses
    what goes in the other direction.

    Only where the sender itself was watched; a RST of an end is its own affair.
    """
    known: set[Print] = set()
    since: int | None = None
    for at, hop in enumerate(path.hops):
        point = points.get((hop.device or "", path.reverse))
        if point is None and at == 0:
            return
        if point is None:
            continue
        resets = _resets(point)
        if since is not None:
            own = _own_resets(case, path, points, at, known)
            if own:
                yield from _made(path, points, point, own, since, at)
                return
        known.update(map(fingerprint, resets))
        since = at


def _resets(point: Observation) -> list[Packet]:
    return [packet for packet in (*point.came_in, *point.went_out) if "R" in packet.flags]


def _own_resets(
    case: Case, path: Trace, points: Points, at: int, known: set[Print]
) -> list[Packet]:
    """The RSTs at this hop that no point before it saw, though these captured at that moment."""
    point = points[path.hops[at].device or "", path.reverse]
    found = []
    for reset in _resets(point):
        if fingerprint(reset) in known or _passed_on(point, reset):
            continue
        if _watched_then(case, path, points, at, reset):
            found.append(reset)
    return found


def _passed_on(point: Observation, reset: Packet) -> bool:
    """Did it come in with another number, and the same acknowledgement? A proxy of handshakes
    counts bytes anew."""
    numbers = {packet.seq for packet in point.came_in if _alike(packet, reset)}
    return bool(numbers) and reset.seq not in numbers


def _alike(one: Packet, other: Packet) -> bool:
    """Do they acknowledge the same, with the same flags?"""
    return "." in one.flags and (one.flags, one.ack) == (other.flags, other.ack)


def _watched_then(case: Case, path: Trace, points: Points, at: int, reset: Packet) -> bool:
    """Did the captures before it run at that moment?"""
    moment = reset.time - time_spans.offset(case, path.hops[at].device or "")
    for hop in path.hops[:at]:
        watcher = points.get((hop.device or "", path.reverse))
        if watcher is not None and not _ran_at(case, watcher.device, moment):
            return False
    return True


def _ran_at(case: Case, device: str, moment: float) -> bool:
    """Did the device's capture run at that moment of our clock?"""
    by_its_clock = moment + time_spans.offset(case, device)
    return time_spans.at(time_spans.spans(case, device), by_its_clock) is not None


def _made(
    path: Trace, points: Points, point: Observation, own: list[Packet], since: int, at: int
) -> Iterator[Drop]:
    hop, hidden = path.hops[at], path.hops[since + 1 : at]
    resets = some(len(own), "RST")
    came = set(map(fingerprint, point.came_in))
    if came.isdisjoint(map(fingerprint, own)):
        maker = hop
        words = f"{resets} went out of {hop.name} that came in nowhere: {hop.name} sends its own"
    elif len(hidden) == 1:
        maker = hidden[0]
        words = f"{resets} came to {hop.name} from {maker.name} that no device before it sent"
    else:
        return
    if maker is path.hops[-1]:
        return
    refused = _refused(path, points, hop, own[0])
    yield Drop(maker.name, None, refused, words, not path.reverse, point.evidence)


def _refused(path: Trace, points: Points, hop: Hop, reset: Packet) -> PacketKind:
    """Which packet of the other direction did the RST answer?"""
    other = points.get((hop.device or "", not path.reverse))
    if other is None:
        return PacketKind.DATA
    asked = [packet for packet in other.came_in if _comes_before(packet, reset)]
    return label(max(asked, key=lambda packet: packet.time)) if asked else PacketKind.DATA


def _comes_before(packet: Packet, reset: Packet) -> bool:
    """Can the RST be the answer to it?"""
    return packet.time <= reset.time and "R" not in packet.flags
