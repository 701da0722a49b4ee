"""How a capture is asked for and reported, at whichever device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.inventory import Device
from collectors.model.records import Packet
from collectors.model.step import Options, View
from collectors.playbook.audience import ask, flows_of, unusable


def captures(view: View, options: Options, devices: Iterable[Device], step: str) -> Iterator[Query]:
    """The flow, its reverse and all translations, for the whole window."""
    params = QueryParams(flow=view.flow, flows=flows_of(view), seconds=options.window)
    return ask(devices, Question.CAPTURE, params, step)


def told(evidence: Evidence) -> str:
    """How many packets of each direction were seen, by kind; packets of other flows are only
    counted."""
    whole = evidence.of(Packet)
    packets = [packet for packet in (*whole, *_carried(whole)) if packet.flow is not None]
    mine = [packet for packet in packets if _of_the_flow(packet, evidence.params)]
    if not mine:
        return unusable(evidence) or _nothing(len(packets))
    forward = [packet for packet in mine if _towards(packet, evidence.params.flow)]
    back = [packet for packet in mine if packet not in forward]
    others = len(packets) - len(mine)
    beside = (
        f" Beside it: {others} of other flows, of probes, or ICMP about them." if others else ""
    )
    inside = _inside(whole, mine)
    return (
        f"On the way out {_kinds(forward)}; on the way back"
        f" {_kinds(back)}.{_reading(forward, back)}{inside}{beside}"
    )


def _carried(packets: Iterable[Packet]) -> Iterator[Packet]:
    for packet in packets:
        yield from packet.carried


def _inside(whole: Iterable[Packet], mine: list[Packet]) -> str:
    """In which tunnels were packets of the flow seen?"""
    ours = {id(packet) for packet in mine}
    names = dict.fromkeys(name for packet in whole for name in _tunnels(packet, ours))
    return f" Seen inside the tunnel: {', '.join(names)}." if names else ""


def _tunnels(packet: Packet, ours: set[int]) -> Iterator[str]:
    between = f" ({packet.flow.src} > {packet.flow.dst})" if packet.flow is not None else ""
    if any(id(one) in ours for one in packet.carried):
        yield f"{packet.tunnel}{between}"


def _nothing(others: int) -> str:
    """A translation changes the addresses: the flow may be among the others."""
    words = "Not one packet of this flow was seen here during the window."
    return (
        f"{words} {others} of other flows were; behind a translation it has other addresses."
        if others
        else words
    )


def _reading(forward: list[Packet], back: list[Packet]) -> str:
    """What an engineer makes of that."""
    opened = sum(packet.control == "S" for packet in forward)
    if opened and not back:
        again = " is sent again and again, and" if opened > 1 else " passes, but"
        return f" The SYN{again} no answer comes past this point."
    if (
        opened
        and {packet.control for packet in back} == {"S."}
        and all(packet.control == "S" for packet in forward)
    ):
        return (
            " The SYN is answered, and the answer is not confirmed: it is lost further on, or the"
            " confirmation is."
        )
    return ""


def _of_the_flow(packet: Packet, params: QueryParams) -> bool:
    return packet.flow is not None and any(flow.covers(packet.flow) for flow in params.flows)


def _towards(packet: Packet, flow: Flow | None) -> bool:
    return bool(
        flow and packet.flow and (packet.flow.dst == flow.dst or packet.flow.src == flow.src)
    )


def _kinds(packets: list[Packet]) -> str:
    if not packets:
        return "nothing was seen"
    kinds = [_kind(packet) for packet in packets]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))


def _kind(packet: Packet) -> str:
    """The packet in the words of people; tcpdump's letters where there is no word."""
    if packet.payload and "R" not in packet.flags:
        return "data" if packet.flags else "datagram"
    return _WORDS.get(packet.control, packet.flags or "datagram")


_WORDS = {"S": "SYN", "S.": "SYN-ACK", ".": "ACK", "F.": "FIN", "R": "RST", "R.": "RST"}
