"""One printed IP packet: its header, what TCP and UDP say in it, and what a tunnel carries."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from collectors.model.flow import Protocol
from collectors.model.records import Packet
from collectors.platforms.linux.capture_icmp import icmp
from collectors.platforms.linux.capture_words import LATER, PAIR, flow_of, number, protocol_of


def ip_packet(base: Packet, pair: re.Match[str], front: str, after: str) -> Packet:
    """The packet between these ends: `front` stands before them, `after` behind. Raises Unparsed."""
    head = (
        re.findall(
            r"\(((?:tos|class|flowlabel|hlim|ttl) ?[^()]*(?:\([^()]*\)[^()]*){0,4})\)", front
        )
        or [""]
    )[-1]
    kind = protocol_of(head, after, pair["dstport"])
    if kind is None:
        return replace(
            base,
            length=number(r"\blength:? (\d+)", head) or number(r"\blength (\d+)", after) or 0,
        )
    flow = flow_of(kind, pair["src"], pair["srcport"], pair["dst"], pair["dstport"])
    fill = {Protocol.TCP: _tcp, Protocol.ICMP: icmp, Protocol.UDP: _udp}[kind]
    found = fill(replace(base, flow=flow, **_headed(head, after)), after)
    later = found.fragment or bool(LATER.match(after))
    return replace(found, fragment=later, length=_total(head, front, found))


def _headed(head: str, after: str) -> dict[str, Any]:
    """What the header of IP says; BSD puts it behind: (DF) (ttl 64, id 1, len 60)."""
    words = head or _behind(after)
    uncut = "DF" in head if head else "(DF" in after[-60:]
    return {
        "ttl": number(r"\b(?:ttl|hlim) (\d+)", words),
        "tos": _class_of(words),
        "ip_id": number(r"\bid (\d+)", words),
        "dont_fragment": uncut,
        "fragment": bool(number(r"offset (\d+)", head)) or "flags [+" in head,
    }


def _behind(after: str) -> str:
    """The last parentheses of a header that stands behind."""
    found = re.findall(r"\((?:DF|ttl \d+[^()]{0,60})\)", after)
    return str(found[-1]) if found else ""


def _class_of(head: str) -> int | None:
    """`tos 0x10`, `class 0xb8`; tcpdump leaves IPv6's out where it is 0."""
    found = re.search(r"\b(?:tos|class) 0x([0-9a-fA-F]{1,2})\b", head)
    return int(found[1], 16) if found else None


def _total(head: str, front: str, found: Packet) -> int:
    """Bytes of the IP packet: its header's own word, else the frame's length without its header,
    else the payload."""
    said = number(r"\b(?:length|len) (\d+)", head) if "payload length" not in head else None
    if payload := number(r"payload length: (\d+)", head):
        return payload + 40
    frame = number(r"\(0x0?800\), length (\d+): ", front) or number(
        r"\(0x86dd\), length (\d+): ", front
    )
    return said or (frame - 14 if frame else 0) or found.payload


def _tcp(base: Packet, after: str) -> Packet:
    """Only the words before the payload's own: `length 29: HTTP: GET /` could say anything."""
    if "Flags [" in after:
        words = re.split(r"(?<=length )\d+:", after, maxsplit=1)[0]
        payload = number(r"\blength (\d+)", after)
        seq = number(r"\bseq (\d+)", words)
    else:
        words = after[:300]
        payload = number(r"\d+:\d+\((\d+)\)|^tcp (\d+)", words)
        seq = number(r"^\S+ (\d+):\d+\(", words)
    return replace(
        base,
        flags=_flags(words),
        seq=seq,
        ack=number(r"\back (\d+)", words),
        payload=payload or 0,
        mss=number(r"\bmss (\d+)", words),
    )


def _flags(words: str) -> str:
    if found := re.search(r"Flags \[([^\]]*)\]", words):
        return found[1].replace("none", "")
    found = re.match(r"([SFRPUEW.]{1,5}) ", words)
    if not found:
        return ""
    letters = found[1].replace(".", "") if found[1] != "." else ""
    return letters + ("." if " ack " in words[:200] else "")  # BSD writes the acknowledgement apart


def _udp(base: Packet, after: str) -> Packet:
    return replace(
        base, payload=number(r"\blength (\d+)", after) or number(r"\((\d+)\)$", after) or 0
    )


_TUNNELS = re.compile(
    r"(?P<words>GREv?\d?|VXLAN|Geneve|IP6? (?=\())|(?P<ipip>IP6? (?=[\da-fA-F(]))"
)


def with_inside(base: Packet, outer: Packet, pair: re.Match[str], rest: str) -> Packet:
    """With what it carries, where it is a tunnel's and tcpdump printed that behind it."""
    after = rest[pair.end() :]
    found = _TUNNELS.match(after)
    inner = PAIR.search(after) if found else None
    if found is None or inner is None:
        return outer
    front = after[: inner.start()]
    carried = ip_packet(
        replace(base, source_mac=None, destination_mac=None), inner, front, after[inner.end() :]
    )
    network = number(r"\bvni (?:0x)?(\d+)", front)
    said = (found["words"] or found["ipip"]).strip()
    words = {"IP": "IPIP", "IP6": "6in4", "GREv0": "GRE"}.get(said, said)
    return replace(outer, inside=carried, tunnel=f"{words} {network}" if network else words)
