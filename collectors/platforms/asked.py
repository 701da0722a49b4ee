"""What exactly was asked, as a pasted command or the beginning of its output tells: what the tools that
several systems share (ping, traceroute, tcpdump, route lookups) name in the same way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_network

from collectors.model.evidence import QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.pasted import PastedText, of_the_flow
from collectors.platforms.pasted_pings import pings

# 192.0.2.20   2001:db8::1   10.0.0.0/8
ADDRESS = re.compile(
    r"(?<![\w.:])((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)(?:/\d+)?(?![\w.])"
)
# ip route get fibmatch 192.0.2.20   route -n get 192.0.2.20
_LOOKED_UP = re.compile(r"\bget\s+(?:to\s+)?(?:fibmatch\s+)?([0-9A-Fa-f:.]+)")
# tcpdump -nevi vlan0.100 host ..., tcpdump -i any, tshark -i en0
_CAPTURED_ON = re.compile(
    r"(?:tcpdump|tshark|windump|dumpcap)\b.*?\s(?:-[A-Za-hj-z]*i\s*|--interface[="
    r" ])([\w.@:-]{1,30})"
)
# tcpdump: listening on wg0, link-type RAW (Raw IP), capture size 262144 bytes
_LISTENING = re.compile(r"^(?:tcpdump: )?listening on ([\w.@:-]{1,30}),", re.M)
_ALL_INTERFACES = frozenset({"any", "pflog0", "nflog"})
_FIRST_HOP = re.compile(r"\s*1\b")


def asked(text: PastedText) -> QueryParams:
    """What exactly was asked, as far as tools that several systems share tell."""
    read = _BY_QUESTION.get(text.question, of_the_flow)
    return read(text)


def toward(found: re.Match[str] | None, flow: Flow) -> Flow:
    """The direction that was asked about: the reverse when the address is the client's, or in its
    network."""
    if found is None:
        return flow
    try:
        wanted = ip_network(found.group().split()[-1], strict=False)
    except ValueError:
        return flow
    to_the_client = flow.src in wanted and flow.dst not in wanted
    return flow.reversed() if to_the_client else flow


def looked_up(text: PastedText) -> QueryParams:
    """The route of the flow or of its answers, by the address that was looked up."""
    address = _LOOKED_UP.search(text.command) or ADDRESS.match(text.body.lstrip())
    return QueryParams(flow=toward(address, text.flow))


def _traced(text: PastedText) -> QueryParams:
    address = ADDRESS.search(text.command) or ADDRESS.search(_target_line(text.body))
    return QueryParams(flow=toward(address, text.flow))


def _target_line(body: str) -> str:
    """The line that names the target: the heading, else the last hop of a traceroute."""
    lines = body.strip().splitlines() or [""]
    without_heading = _FIRST_HOP.match(lines[0]) is not None
    return lines[-1] if without_heading else lines[0]


def _pinged(text: PastedText) -> QueryParams:
    of_the_flow_itself = pings(text.flow, text.command, text.body)
    return QueryParams(flow=text.flow) if of_the_flow_itself else QueryParams()


def _captured(text: PastedText) -> QueryParams:
    return replace(of_the_flow(text), interface=_interface(text))


def _interface(text: PastedText) -> str | None:
    """The interface that the command named, else the banner; `any` is all of them."""
    found = _CAPTURED_ON.search(text.command) or _LISTENING.search(text.body[:20_000])
    if found is None or found[1] in _ALL_INTERFACES:
        return None
    return found[1]


_BY_QUESTION: Mapping[Question, Callable[[PastedText], QueryParams]] = {
    Question.ROUTE_CHOICE: looked_up,
    Question.NEXTHOP_SETS: _traced,
    Question.TRACE: _traced,
    Question.PING: _pinged,
    Question.CAPTURE: _captured,
}
