"""The words in which all packet filters are written down: addresses, ports, flags, ICMP types,
marks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network, summarize_address_range

from collectors.model.records import Match, Network

FLAGS = ["fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"]

ICMP4 = {
    "0": "echo-reply", "3": "destination-unreachable", "4": "source-quench", "5": "redirect", "8": "echo-request",
    "9": "router-advertisement", "10": "router-solicitation", "11": "time-exceeded", "12": "parameter-problem",
    "13": "timestamp-request", "14": "timestamp-reply", "17": "address-mask-request", "18": "address-mask-reply",
}  # fmt: skip
ICMP6 = {
    "1": "destination-unreachable", "2": "packet-too-big", "3": "time-exceeded", "4": "parameter-problem",
    "128": "echo-request", "129": "echo-reply", "130": "mld-listener-query", "131": "mld-listener-report",
    "133": "nd-router-solicit", "134": "nd-router-advert", "135": "nd-neighbor-solicit", "136": "nd-neighbor-advert",
    "137": "nd-redirect", "143": "mld2-listener-report",
}  # fmt: skip

PROTOCOLS = {
    "6": "tcp",
    "17": "udp",
    "1": "icmp",
    "58": "icmpv6",
    "ipv6-icmp": "icmpv6",
    "icmp6": "icmpv6",
}

PRIORITIES = {
    "raw": -300,
    "mangle": -150,
    "dstnat": -100,
    "filter": 0,
    "security": 50,
    "srcnat": 100,
    "out": 100,
}


def networks(text: str) -> tuple[Network, ...]:
    """An address, a prefix, or a range `a-b`, as prefixes."""
    first, dash, last = text.partition("-")
    if not dash:
        return (ip_network(text, strict=False),)
    low, high = ip_address(first.strip()), ip_address(last.strip())
    return tuple(summarize_address_range(low, high))


def port_range(text: object) -> tuple[int, int]:
    """`443`, `1024-65535`, `1024:65535`."""
    low, dash, high = str(text).replace(":", "-").partition("-")
    last = high or ("65535" if dash else low)
    return int(low or 0), int(last)


def protocol(text: object) -> str:
    """A protocol by its name."""
    name = str(text).lower()
    return PROTOCOLS.get(name, name)


def flag_pair(mask: Iterable[str], compare: Iterable[str]) -> tuple[str, str]:
    """(mask, compare) with the flags in the kernel's order."""
    return ",".join(_ordered(mask)), ",".join(_ordered(compare))


def _ordered(names: Iterable[str]) -> list[str]:
    wanted = {name.lower() for name in names}
    if "all" in wanted:
        return FLAGS[:6]
    unknown = wanted - set(FLAGS) - {"none", "0"}
    if unknown:
        raise ValueError(f"unknown flags {unknown}")
    return [flag for flag in FLAGS if flag in wanted]


def icmp_name(text: object, version: int) -> str:
    """A type by its name; with a code where one is given: `destination-unreachable/4`."""
    kind, slash, code = str(text).partition("/")
    name = (ICMP4 if version == 4 else ICMP6).get(kind, kind)
    return f"{name}{slash}{code}"


def mark(text: str, mask: str | None = None) -> str:
    """`0x2`, `0x2/0xff`, always in hex."""
    value, _, own = text.partition("/")
    bits = int(mask or own or "0xffffffff", 0)
    plain = hex(int(value, 0))
    return plain if bits == 0xFFFFFFFF else f"{plain}/{hex(bits)}"


def unread(words: str) -> Match:
    """A condition that cannot be judged."""
    return Match("unread", (re.sub(r"\s+", " ", words)[:300],))
