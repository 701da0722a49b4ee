"""How a capture is asked for and told, at whichever device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import About, Evidence, Inquiry, Question
from collectors.model.flow import Flow
from collectors.model.inventory import Device
from collectors.model.records import Packet
from collectors.model.step import Options, View
from collectors.playbook.whom import ask, flows_of, unusable


def captures(view: View, options: Options, devices: Iterable[Device], step: str) -> Iterator[Inquiry]:
    """The flow, its reverse and all translations, for the whole window."""
    about = About(flow=view.flow, flows=flows_of(view), seconds=options.window)
    return ask(devices, Question.CAPTURE, about, step)


def told(evidence: Evidence) -> str:
    """How many packets of each direction were seen, with their flags."""
    packets = [packet for packet in evidence.of(Packet) if packet.flow is not None]
    if not packets:
        return unusable(evidence) or "Not one packet of this flow was seen here during the window."
    forward = [p for p in packets if _towards(p, evidence.about.flow)]
    back = [p for p in packets if p not in forward]
    return f"On the way out {_flags(forward)}; on the way back {_flags(back)}."


def _towards(packet: Packet, flow: Flow | None) -> bool:
    return bool(flow and packet.flow and (packet.flow.dst == flow.dst or packet.flow.src == flow.src))


def _flags(packets: list[Packet]) -> str:
    if not packets:
        return "nothing was seen"
    kinds = [packet.flags or "datagram" for packet in packets]
    return ", ".join(f"{kinds.count(kind)} x {kind}" for kind in dict.fromkeys(kinds))
