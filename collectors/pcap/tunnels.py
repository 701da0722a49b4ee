"""Where in a packet does a tunnel's content begin, and of which kind is it? IP in IP, GRE, ERSPAN,
VXLAN, Geneve.

Formats: RFC 2003, 2784, 2890, 2637 (PPTP), 4213, 7348, 8926, draft-foschiano-erspan.
"""

from __future__ import annotations

from typing import NamedTuple

from collectors.pcap.making import IPV4, IPV6, U16, U32

ETHERNET = -1  # what follows is an Ethernet frame, and says itself what it carries
GRE = 47
_WHOLE = {4: (IPV4, "IPIP"), 41: (IPV6, "6in4")}
_BRIDGED, _ERSPAN, _ERSPAN3, _PPP = 0x6558, 0x88BE, 0x22EB, 0x880B
_CARRIED = frozenset({IPV4, IPV6, 0x0806, 0x8100, 0x88A8})
_VXLANS, _GENEVE = frozenset({4789, 8472}), 6081


class Content(NamedTuple):
    """What a tunnel carries: the kind as an Ethernet type says it, where it begins, and the tunnel
    in words."""

    kind: int
    at: int
    words: str


def in_ip(data: bytes, protocol: int, at: int, end: int, version: int) -> Content | None:
    """The content of an IP packet of that protocol number, or None where it is no tunnel."""
    if protocol in _WHOLE:
        kind, words = _WHOLE[protocol]
        return Content(kind, at, words if version == 4 else "IP in IPv6")
    return _gre(data, at, end) if protocol == GRE and end >= at + 4 else None


def in_udp(data: bytes, at: int, end: int, port: int) -> Content | None:
    """The content behind a UDP header at `at`; VXLAN is known on any port by its header and the
    frame behind it."""
    body = at + 8
    if end < body + 22:
        return None
    if port == _GENEVE:
        return _geneve(data, body, end)
    marked = data[body] == 8 if port not in _VXLANS else data[body] & 8
    carries = U16(data, body + 20)[0] in _CARRIED and not data[body + 7]
    if (
        not marked
        or not carries
        or (port not in _VXLANS and data[body + 1 : body + 4] != b"\0\0\0")
    ):
        return None
    return Content(ETHERNET, body + 8, f"VXLAN {U32(data, body + 4)[0] >> 8}")


def _geneve(data: bytes, at: int, end: int) -> Content | None:
    kind, network = U16(data, at + 2)[0], U32(data, at + 4)[0] >> 8
    body = at + 8 + (data[at] & 0x3F) * 4
    if data[at] >> 6 or body >= end:
        return None
    return Content(ETHERNET if kind == _BRIDGED else kind, body, f"Geneve {network}")


def _gre(data: bytes, at: int, end: int) -> Content | None:
    """Checksum, key and sequence number are there if their flags are set; with source routes we
    give up."""
    flags, kind = U16(data, at)[0], U16(data, at + 2)[0]
    body = at + 4 + 4 * sum(bool(flags & bit) for bit in (0x8000, 0x2000, 0x1000))
    if flags & 0x4000 or flags & 7 > 1 or body >= end:
        return None
    if flags & 7:
        return _pptp(data, flags, kind, at, body, end)
    if kind in (_ERSPAN, _ERSPAN3):
        return _erspan(data, flags, kind, body, end)
    key = f" key {U32(data, body - 4 - 4 * bool(flags & 0x1000))[0]}" if flags & 0x2000 else ""
    return Content(ETHERNET if kind == _BRIDGED else kind, body, f"GRE{key}")


def _pptp(data: bytes, flags: int, kind: int, at: int, body: int, end: int) -> Content | None:
    """GRE as PPTP has it: the key is a call, an acknowledgement may follow, and what is carried is
    PPP."""
    body += 4 * bool(flags & 0x80)
    if kind != _PPP or not flags & 0x2000 or end < body + 4:
        return None
    body += 2 * (data[body : body + 2] == b"\xff\x03")
    short = data[body] & 1
    carried = data[body] if short else U16(data, body)[0]
    return Content(
        {0x21: IPV4, 0x57: IPV6}.get(carried, 0), body + 2 - short, f"PPTP {U16(data, at + 6)[0]}"
    )


def _erspan(data: bytes, flags: int, kind: int, body: int, end: int) -> Content | None:
    """Type I has no header of its own, type II eight bytes, type III twelve and maybe eight
    more."""
    if kind == _ERSPAN and not flags & 0x1000:
        return Content(ETHERNET, body, "ERSPAN")
    size = 8 if kind == _ERSPAN else 12
    if end < body + size:
        return None
    if kind == _ERSPAN3 and data[body + 11] & 1:
        size += 8
    return Content(ETHERNET, body + size, f"ERSPAN {U16(data, body + 2)[0] & 0x3FF}")
