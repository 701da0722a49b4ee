"""Where was a packet last seen that does not arrive, where only one place was watched and nobody
beyond it?"""

from __future__ import annotations

from collections.abc import Iterable

from collectors.model.records import Packet
from workbench.analysis.captures.observations import label
from workbench.analysis.case.drop import Drop, LastSeen
from workbench.analysis.case.findings import Attempt
from workbench.analysis.diagnosis.context import Context

_LOST = {True: ("SYN-ACK", "data"), False: ("ACK", "data")}


def last_departure(context: Context) -> Drop | None:
    """The last interface that it left by; it is lost beyond, so the device that was watched stands
    not accused."""
    failed = [one for one in context.attempts if one.loss is not None]
    ways = {one.loss.reverse for one in failed if one.loss is not None} - {None}
    if len(ways) != 1:
        return None
    lost = [one for one in failed if one.loss is not None and one.loss.reverse in ways]
    return _left(context, lost[-1])


def _left(context: Context, failed: Attempt) -> Drop | None:
    reverse = bool(failed.loss and failed.loss.reverse)
    there = context.observation(failed.place, reverse)
    if there is None or failed.loss is None or failed.loss.before:
        return None
    packet = _newest(p for p in there.went_out if p.outgoing and label(p) in _LOST[reverse])
    if packet is None or packet.flow is None or packet.interface is None:
        return None
    target = str(packet.flow.dst)
    where = f"it was last seen leaving {failed.place} on {packet.interface} toward {target}"
    kind, proof = label(packet), there.evidence
    return Drop(
        failed.place,
        packet.interface,
        kind,
        where,
        reverse,
        proof,
        target,
        last_seen=LastSeen.LEAVING,
        names_packet=False,
    )


def _newest(packets: Iterable[Packet]) -> Packet | None:
    return max(packets, key=lambda packet: packet.time, default=None)
