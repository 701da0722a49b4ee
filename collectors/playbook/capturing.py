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


def _carried(packets: Iterable[Packet]) -> Iterator[Packet]:
    for packet in packets:
        yield from packet.carried


def meaning(evidence: Evidence) -> str:
    """How many packets of each direction were seen, by kind; packets of other flows are only
    counted."""
    whole = evidence.of(Packet)
    packets = [packet for packet in (*whole, *_carried(whole)) if packet.flow is not None]
    own = [packet for packet in packets if _of_the_flow(packet, evidence.params)]
    if not own:
        return unusable(evidence) or _nothing(len(packets))
    forward = [packet for packet in own if _towards(packet, evidence.params.flow)]
    back = [packet for packet in own if packet not in forward]
    ways = f"On the way out {_kinds(forward)}; on the way back {_kinds(back)}."
    others = len(packets) - len(own)
    return f"{ways}{_reading(forward, back)}{_inside(whole, own)}{_beside(others)}"


def _beside(others: int) -> str:
    if not others:
        return ""
    return f" Beside it: {others} of other flows, of probes, or ICMP about them."


def _inside(whole: Iterable[Packet], own: list[Packet]) -> str:
    """In which tunnels were packets of the flow seen?"""
    ours = {id(packet) for packet in own}
    carriers = (packet for packet in whole if any(id(one) in ours for one in packet.carried))
    names = dict.fromkeys(map(_tunnel, carriers))
    return f" Seen inside the tunnel: {', '.join(names)}." if names else ""


def _tunnel(packet: Packet) -> str:
    if packet.flow is None:
        return packet.tunnel
    return f"{packet.tunnel} ({packet.flow.src} > {packet.flow.dst})"


def _nothing(others: int) -> str:
    """A translation changes the addresses: the flow may be among the others."""
    words = "Not one packet of this flow was seen here during the window."
    if not others:
        return words
    return f"{words} {others} of other flows were; behind a translation it has other addresses."


def _reading(forward: list[Packet], back: list[Packet]) -> str:
    """What an engineer makes of that."""
    opened = sum(packet.control == "S" for packet in forward)
    if not opened:
        return ""
    if not back:
        again = " is sent again and again, and" if opened > 1 else " passes, but"
        return f" The SYN{again} no answer comes past this point."
    only_opened = opened == len(forward)
    only_answered = {packet.control for packet in back} == {"S."}
    if only_opened and only_answered:
        return (
            " The SYN is answered, and the answer is not confirmed: it is lost further on, or the"
            " confirmation is."
        )
    return ""


def _of_the_flow(packet: Packet, params: QueryParams) -> bool:
    if packet.flow is None:
        return False
    return any(flow.covers(packet.flow) for flow in params.flows)


def _towards(packet: Packet, flow: Flow | None) -> bool:
    if flow is None or packet.flow is None:
        return False
    return packet.flow.dst == flow.dst or packet.flow.src == flow.src


def _kinds(packets: list[Packet]) -> str:
    if not packets:
        return "nothing was seen"
    kinds = [_kind(packet) for packet in packets]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))


def _kind(packet: Packet) -> str:
    """The packet in the words of people; tcpdump's letters where there is no word."""
    if packet.payload and "R" not in packet.flags:
        return "data" if packet.flags else "datagram"
    otherwise = packet.flags or "datagram"
    return _WORDS.get(packet.control, otherwise)


_WORDS = {"S": "SYN", "S.": "SYN-ACK", ".": "ACK", "F.": "FIN", "R": "RST", "R.": "RST"}
