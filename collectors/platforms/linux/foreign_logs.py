"""What packet filters other than the kernel's netfilter write of single packets: one line each, by
its own format."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address

from collectors.model.flow import BadFlow, Flow, Protocol
from collectors.model.records import LogLine

_ADDRESS = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F]{0,4}:[\da-fA-F:.]{1,40})"


def _end(name: str) -> str:
    """192.0.2.20:4 or [2001:db8::1]:4, or without a port."""
    return rf"\[?(?P<{name}>{_ADDRESS})\]?(?::(?P<{name}port>\d{{1,5}}))?"


_SRC, _DST = _end("src"), _end("dst")

# ipfw: 1200 Deny TCP 192.0.2.20:49801 203.0.113.10:25 in via igb1 (FreeBSD; it tells no flags)
_IPFW = re.compile(
    r"ipfw: (?P<label>\d{1,5} [A-Z]\w{1,20}(?: \d{1,5})?)"
    r" (?P<protocol>TCP|UDP|ICMP(?:v6)?):?[\d.]{0,9} "
    rf"{_SRC} {_DST} (?P<way>in|out) via (?P<port>[\w.]{{1,20}})"
)
# 2026-11-30 10:14:02 DROP TCP 192.0.2.20 203.0.113.10 50112 443 52 S 2938475610 0 64240 - - -
# RECEIVE (Windows)
_WINDOWS = re.compile(
    r"\d{4}-\d\d-\d\d [\d:]{8} (?P<label>DROP|ALLOW) (?P<protocol>TCP|UDP|ICMP)"
    rf" (?P<src>{_ADDRESS}) "
    rf"(?P<dst>{_ADDRESS}) (?P<srcport>\d{{1,5}}|-) (?P<dstport>\d{{1,5}}|-) (?:\d{{1,9}}|-) "
    r"(?P<flags>[A-Z]{1,8}|-|0)"
    r"(?: \S{1,20}){3,8}? (?P<way>RECEIVE|SEND|FORWARD)\b"
)
# xx drop (Policy denied) flow 0x9f to endpoint 17, .., identity 2->8: 192.0.2.20:4 ->
# 203.0.113.10:443 tcp SYN (Cilium)
_CILIUM = re.compile(
    rf"xx (?P<label>drop \([\w .:-]{{2,60}}\)) flow .{{0,200}}?: {_SRC} -> {_DST} "
    r"(?P<protocol>tcp|udp|icmp)\b(?P<flags>[ A-Z,]{0,40})"
)
# 192.0.2.20:4 (ID:23911) <> 203.0.113.10:443 (ID:8812) Policy denied DROPPED (TCP Flags: SYN)
# (Hubble)
_HUBBLE = re.compile(
    rf".{{0,60}}?{_SRC} \([^()]{{1,60}}\) (?:<>|->) {_DST} \([^()]{{1,60}}\) "
    r"(?P<label>[\w :-]{0,60}(?:DROPPED|DENIED)) \((?P<protocol>TCP|UDP|ICMP)\w*(?: Flags:"
    r" (?P<flags>[A-Z, ]{1,40}))?"
)
# 2 123456789010 eni-0b7c 192.0.2.20 203.0.113.10 43122 443 6 4 240 1796036411 1796036468 REJECT OK
# (AWS, version 2)
_AWS = re.compile(
    rf"2 \d{{12}} (?P<port>eni-\w{{4,20}}) (?P<src>{_ADDRESS}) (?P<dst>{_ADDRESS})"
    r" (?P<srcport>\d{1,5}) "
    r"(?P<dstport>\d{1,5}) (?P<protocol>6|17|1) \d{1,12} \d{1,15} \d{10} (?P<time>\d{10})"
    r" (?P<label>ACCEPT|REJECT) OK"
)
_NAMES = {
    "TCP": Protocol.TCP, "6": Protocol.TCP, "UDP": Protocol.UDP, "17": Protocol.UDP, "ICMP": Protocol.ICMP,
    "ICMPV6": Protocol.ICMP, "1": Protocol.ICMP,
}  # fmt: skip
_LETTERS = {
    "SYN": "S",
    "FIN": "F",
    "RST": "R",
    "PSH": "P",
    "ACK": ".",
    **dict(zip("SFRPA", "SFRP.", strict=True)),
}


# what stands above, below and between such lines
_AROUND = re.compile(
    r"#(?:Version|Software|Time Format|Fields)\b|#?\s*$|Listening for events|Press"
    r" Ctrl-C|level=|Received an interrupt"
    r"|xx drop \(|[-=>*]{2} |version account-id |2 \d{12} eni-\w{4,20} - - |\^C\s*$"
)


def around(text: str) -> bool:
    """Does such a tool say so about something else than a packet of the flow's kinds?"""
    return _AROUND.match(text[:600]) is not None


def line(text: str) -> LogLine | None:
    """The packet that such a line is about. None = it is no such line."""
    for pattern, made in _FORMATS:
        found = pattern.search(text[:600]) if pattern is _IPFW else pattern.match(text[:600])
        if found is not None:
            return made(found, text)
    return None


def _ipfw(found: re.Match[str], text: str) -> LogLine:
    came_in, port = found["way"] == "in", found["port"]
    iif, oif = (port, None) if came_in else (None, port)
    return LogLine(None, f"ipfw: {found['label']}", iif, oif, _flow(found), text=text[:1000])


def _windows(found: re.Match[str], text: str) -> LogLine:
    label = f"{found['label']} {found['way']}"
    flags = _flags(list(found["flags"]))
    own = found["way"] == "RECEIVE"
    return LogLine(None, label, None, None, _flow(found), flags, text[:1000], bound_in=own)


def _cilium(found: re.Match[str], text: str) -> LogLine:
    flags = _flags(re.findall(r"[A-Z]+", found["flags"] or ""))
    return LogLine(None, found["label"].strip(), None, None, _flow(found), flags, text[:1000])


def _aws(found: re.Match[str], text: str) -> LogLine:
    return LogLine(
        float(found["time"]),
        f"flow log: {found['label']}",
        None,
        None,
        _flow(found),
        text=text[:1000],
    )


_FORMATS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], LogLine]], ...] = (
    (_IPFW, _ipfw),
    (_WINDOWS, _windows),
    (_CILIUM, _cilium),
    (_HUBBLE, _cilium),
    (_AWS, _aws),
)


def _flow(found: re.Match[str]) -> Flow | None:
    protocol = _NAMES[found["protocol"].upper()]
    sport = dport = None
    if protocol is not Protocol.ICMP:
        sport, dport = _port(found["srcport"]), _port(found["dstport"])
    try:
        return Flow(protocol, ip_address(found["src"]), sport, ip_address(found["dst"]), dport)
    except (BadFlow, ValueError):
        return None


def _port(text: str | None) -> int | None:
    return int(text) or None if text and text.isdigit() else None


def _flags(words: list[str]) -> str:
    letters = "".join(_LETTERS.get(word, "") for word in words)
    acknowledges = "." in letters
    return letters.replace(".", "") + ("." if acknowledges else "")
