"""Which device between the ends made a RST that neither end sent?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.records import Packet
from workbench.analysis.captures import time_spans
from workbench.analysis.captures.observations import Print, fingerprint, label
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Observation, Trace
from workbench.analysis.case.verdict import Drop
from workbench.analysis.case.wording import some

Points = dict[tuple[str, bool], Observation]


def made_resets(case: Case, path: Trace, points: Points) -> Iterator[Drop]:
    """The first place on this way where a RST goes on that no device before it sent: it refuses
    what goes the other way.

    Only where the sender itself was watched; a RST of an end is its own affair.
    """
    known: set[Print] = set()
    since: int | None = None
    for at, hop in enumerate(path.hops):
        point = points.get((hop.device or "", path.reverse))
        if point is None:
            if at == 0:
                return
            continue
        own = [
            p for p in _resets(point) if fingerprint(p) not in known and not _passed_on(point, p)
        ]
        own = [
            p
            for p in own
            if since is not None and _watched_then(case, path.hops[:at], points, path, hop, p)
        ]
        if own and since is not None:
            yield from _made(path, points, point, own, since, at)
            return
        known |= {fingerprint(packet) for packet in _resets(point)}
        since = at


def _resets(point: Observation) -> list[Packet]:
    return [packet for packet in (*point.came_in, *point.went_out) if "R" in packet.flags]


def _passed_on(point: Observation, reset: Packet) -> bool:
    """Did it come in with another number, and the same acknowledgement? A proxy of handshakes
    counts bytes anew."""
    alike = [
        p for p in point.came_in if (p.flags, p.ack) == (reset.flags, reset.ack) and "." in p.flags
    ]
    return bool(alike) and all(p.seq != reset.seq for p in alike)


def _watched_then(
    case: Case, before: tuple[Hop, ...], points: Points, path: Trace, hop: Hop, reset: Packet
) -> bool:
    """Did the captures before it run at that moment?"""
    moment = reset.time - time_spans.offset(case, hop.device or "")
    watchers = [one.device for one in before if one.device and (one.device, path.reverse) in points]
    return all(
        time_spans.at(time_spans.spans(case, name), moment + time_spans.offset(case, name))
        for name in watchers
    )


def _made(
    path: Trace, points: Points, point: Observation, own: list[Packet], since: int, at: int
) -> Iterator[Drop]:
    hop, hidden = path.hops[at], path.hops[since + 1 : at]
    came = {fingerprint(packet) for packet in point.came_in}
    if not any(fingerprint(packet) in came for packet in own):
        maker, words = (
            hop,
            (
                f"{some(len(own), 'RST')} went out of {hop.name} that came in nowhere: {hop.name}"
                " sends its own"
            ),
        )
    elif len(hidden) == 1:
        maker = hidden[0]
        words = (
            f"{some(len(own), 'RST')} came to {hop.name} from {maker.name} that no device before"
            " it sent"
        )
    else:
        return
    if maker is not path.hops[-1]:
        yield Drop(
            maker.name,
            None,
            _refused(path, points, hop, own[0]),
            words,
            not path.reverse,
            point.evidence,
        )


def _refused(path: Trace, points: Points, hop: Hop, reset: Packet) -> str:
    """Which packet of the other direction did the RST answer?"""
    other = points.get((hop.device or "", not path.reverse))
    earlier = (
        [p for p in other.came_in if p.time <= reset.time and "R" not in p.flags] if other else []
    )
    return label(max(earlier, key=lambda packet: packet.time)) if earlier else "data"
