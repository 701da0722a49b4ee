"""What a printed ICMP packet says, and which packet it is about."""

from __future__ import annotations

import re
from dataclasses import replace

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet
from collectors.platforms.linux.capture_words import (
    ADDRESS,
    PAIR,
    PORT,
    flow_of,
    number,
    protocol_of,
)


def icmp(base: Packet, after: str) -> Packet:
    """With its type and code, and the flow of the packet that an error is about."""
    quoted = _quoted(base, after)
    return replace(
        base,
        payload=number(r"\blength (\d+)", after) or 0,
        icmp=next((kind for pattern, kind in _KINDS if re.search(pattern, after[:200])), None),
        icmp_mtu=number(r"\bmtu (\d+)", after[:200]),
        icmp_id=number(r"\bid (\d+)", after[:200]) if "echo" in after[:40] else None,
        quoted=quoted,
    )


_REFUSED = re.compile(
    r"ICMP6?,? (?:destination unreachable, unreachable port, )?"
    rf"(?P<to>{ADDRESS}) (?P<kind>tcp|udp) port (?P<port>{PORT}) unreachable"
)


def _quoted(base: Packet, after: str) -> Flow | None:
    """The packet that an error is about: printed behind it with -v, else as far as its own words
    tell."""
    if "echo" in after[:40] or base.flow is None:
        return None
    if pair := PAIR.search(after):
        kind = protocol_of(after[: pair.start()][-200:], after[pair.end() :], pair["dstport"])
        return (
            flow_of(kind, pair["src"], pair["srcport"], pair["dst"], pair["dstport"])
            if kind
            else None
        )
    found = _REFUSED.match(after)
    if not found:
        return _between(base.flow, after)
    return flow_of(Protocol(found["kind"]), str(base.flow.dst), None, found["to"], found["port"])


# ICMP host 10.0.0.9 unreachable - admin prohibited filter / ICMP net 10.0.0.9 unreachable
# ICMP 10.0.8.20 unreachable - need to frag (mtu 1400)
# ICMP6, destination unreachable, unreachable prohibited 2001:db8::9
_UNREACHED = re.compile(
    rf"ICMP (?:(?:net|host) )?(?P<to>{ADDRESS}) unreachable\b"
    r"|ICMP6, destination unreachable, unreachable (?:prohibited|route|address)"
    rf" (?P<six>{ADDRESS})"
)


def _between(flow: Flow, after: str) -> Flow | None:
    """Without -v: between which ends, and not which packet; written as ICMP's, which have no
    ports."""
    found = _UNREACHED.match(after)
    if not found:
        return None
    return flow_of(
        Protocol.ICMP, str(flow.dst), None, (found["to"] or found["six"]).rstrip(","), None
    )


_KINDS: tuple[tuple[str, tuple[int, int]], ...] = (
    (r"ICMP echo request", (8, 0)),
    (r"ICMP echo reply", (0, 0)),
    (r"ICMP6, echo request", (128, 0)),
    (r"ICMP6, echo reply", (129, 0)),
    (r"need to frag", (3, 4)),
    (r"ICMP6, packet too big", (2, 0)),
    (r"ICMP6, destination unreachable.*port", (1, 4)),
    (r"ICMP6, destination unreachable.*prohib", (1, 1)),
    (r"ICMP6, destination unreachable.*unreachable address", (1, 3)),
    (r"ICMP6, destination unreachable", (1, 0)),
    (r"port \S+ unreachable", (3, 3)),
    (r"protocol \d+ unreachable", (3, 2)),
    (r"ICMP net \S+ unreachable - admin prohibited", (3, 9)),
    (r"ICMP host \S+ unreachable - admin prohibited(?! filter)", (3, 10)),
    (r"admin prohibited", (3, 13)),
    (r"ICMP net", (3, 0)),
    (r"ICMP host", (3, 1)),
    (r"ICMP time exceeded", (11, 0)),
    (r"ICMP ip reassembly time exceeded", (11, 1)),
    (r"ICMP6, time exceeded \(reassembly\)|ICMP6, time exceeded in-reassembly", (3, 1)),
    (r"ICMP6, time exceeded", (3, 0)),
    (r"ICMP redirect", (5, 1)),
)
