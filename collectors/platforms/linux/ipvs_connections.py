"""`ipvsadm -Lnc`: the connections that the load balancer of the kernel holds."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import ip_address

from collectors.model.answer import ParseResult, Unparsed
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import Session
from collectors.platforms.reading import WIDEST, each

_HEADS = re.compile(r"IPVS connection entries|pro expire state\s.*")
# TCP 14:57  ESTABLISHED 192.0.2.20:43122   192.0.2.10:80      10.0.0.1:8080
_ENTRY = re.compile(
    r"(?P<protocol>TCP|UDP|SCTP|IP|ICMP)\s+(?P<minutes>\d{1,6}):(?P<seconds>\d\d)\s+(?P<state>[A-Z_]+)\s+"
    r"(?P<source>\S+:\d+)\s+(?P<virtual>\S+:\d+)\s+(?P<server>\S+:\d+)(?:\s.*)?"
)
NOT_SHOWN = (
    "whether these entries are translated or only sent on is not shown here: `ipvsadm -Ln` shows it"
)


def is_connections(text: str) -> bool:
    """Is this the output of `ipvsadm -Lnc`, or lines of it?"""
    first = next((line for line in text[:2000].splitlines() if line.strip()), "")
    return bool(
        re.match(r"\s*(?:IPVS connection entries|pro expire state)", text)
        or _ENTRY.fullmatch(first)
    )


def read_connections(lines: list[str]) -> ParseResult:
    """Entries whose port was changed are translations; of the others it cannot be known."""
    unclear = 0

    def one(line: str) -> Session | None:
        nonlocal unclear
        if _HEADS.fullmatch(line):
            return None
        found = _ENTRY.fullmatch(line)
        if not found:
            raise Unparsed(line)
        if found["protocol"] not in ("TCP", "UDP") or found["source"].endswith(":0"):
            return None
        session = _session(found)
        if session is None:
            unclear += 1
            raise Unparsed(line)
        return session

    reading = each(lines, one, WIDEST)
    return replace(reading, refused=NOT_SHOWN) if unclear and not reading.records else reading


def _session(found: re.Match[str]) -> Session | None:
    source, virtual, server = (_end(found[name]) for name in ("source", "virtual", "server"))
    if virtual[1] == server[1]:
        return None
    protocol = Protocol(found["protocol"].lower())
    timeout = 60 * int(found["minutes"]) + int(found["seconds"])
    return Session(
        Flow(protocol, *source, *virtual),
        Flow(protocol, *server, *source),
        found["state"],
        timeout=timeout,
    )


def _end(text: str) -> tuple[Address, int]:
    host, _, port = text.rpartition(":")
    return ip_address(host.strip("[]")), int(port)
