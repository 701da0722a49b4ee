"""What can a capture show at all, by the filter that was typed? What its filter leaves out is not
missing."""

from __future__ import annotations

import re
from ipaddress import ip_network

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address, Flow
from workbench.analysis.case.case import Case

# src host 10.2.9.9, dst port 443, src net 10.0.0.0/8, and tshark's ip.src == 10.2.9.9
_AIMED = re.compile(
    r"\b(?P<side>src|dst)\s+(?P<kind>host\s+|port\s+|net\s+)?(?P<value>[\w.:/]{1,60})"
)
_SHARK = re.compile(
    r"\b(?:ip|ipv6|tcp|udp)\.(?P<side>src|dst)(?P<kind>port)?\s*==\s*(?P<value>[\w.:/]{1,60})"
)
_ALTERNATIVES = re.compile(r"\bor\b|\|\||\bnot\b|!")
# tcp[tcpflags] & tcp-syn != 0, tcp.flags.syn == 1, less 100, greater 1000: some packets of a
# connection, not all
_SOME = re.compile(
    r"\btcp\s{0,3}\[|\btcp\.(?:flags|len|analysis)\b|\b(?:less|greater)\s+\d|\blen\s{0,3}[<>=]"
)

_PORTS = re.compile(r"\bport(?:range)?\b|\.port\b")
_PIECES = re.compile(r"\bip6?\s{0,3}\[\s{0,3}6\b|\bfrag|\.mf\b")


def leaves_out(case: Case, device: str, flow: Flow) -> bool:
    """Do the filters of all captures of this device exclude every packet with these addresses?"""
    items = case.usable(device, Question.CAPTURE)
    return bool(items) and all(_excludes(item.command, flow) for item in items)


def shows_some(case: Case, device: str) -> bool:
    """Did a filter pick single kinds of packets, so that of a connection most are not shown?"""
    return any(picks(item) for item in case.usable(device, Question.CAPTURE))


def shows_later_fragments(case: Case, device: str) -> bool:
    """Would a capture of this device show the parts of a datagram after its first, which have no
    ports?"""
    return any(_takes_portless(item) for item in case.usable(device, Question.CAPTURE))


def _takes_portless(item: Evidence) -> bool:
    """Ours does, and so does a file. A filter for ports that somebody typed leaves them out, unless
    it names them."""
    if not item.pasted_by or not _PORTS.search(item.command):
        return True
    return bool(_PIECES.search(item.command))


def picks(item: Evidence) -> bool:
    """Does the filter that somebody typed look at flags or sizes?"""
    return bool(item.pasted_by) and bool(_SOME.search(item.command))


def _excludes(command: str, flow: Flow) -> bool:
    """Alternatives and negations are not worked out: they exclude nothing."""
    if _ALTERNATIVES.search(command):
        return False
    aims = (*_AIMED.finditer(command), *_SHARK.finditer(command))
    return any(_misses(flow, aim) for aim in aims)


def _misses(flow: Flow, aim: re.Match[str]) -> bool:
    source = aim["side"] == "src"
    if (aim["kind"] or "").strip() == "port":
        return _another_port(aim["value"], flow.sport if source else flow.dport)
    return not _holds(aim["value"], flow.src if source else flow.dst)


def _another_port(value: str, port: int | None) -> bool:
    """A name of a service may be any port."""
    if port is None or not value.isdigit():
        return False
    return int(value[:6]) != port


def _holds(value: str, address: Address) -> bool:
    """A name may be anybody's."""
    try:
        return address in ip_network(value, strict=False)
    except ValueError:
        return True
