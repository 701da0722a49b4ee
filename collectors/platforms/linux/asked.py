"""What exactly was asked with Linux's own commands: packet marks, links, gateways, some of the routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_address

from collectors.model.evidence import QueryParams, Question
from collectors.model.flow import Address
from collectors.model.pasted import PastedText
from collectors.platforms import asked as shared
from collectors.platforms.linux.commanded import picks

_NAME = r"([A-Za-z0-9_.@-]{1,15})"
_DEVICE = re.compile(rf"\bdev\s+{_NAME}")
_CAME_IN = re.compile(rf"\biif\s+{_NAME}")
_TOS = re.compile(r"\b(?:tos|dsfield)\s+(0x[0-9A-Fa-f]{1,2})\b")
_MARK = re.compile(r"\bmark\s+(0x[0-9A-Fa-f]{1,8}|\d{1,10})")
# ARPING 10.0.0.1 from 10.0.0.57 eno1 / arping -I eno1 -c 3 10.0.0.1
_ARPING = re.compile(r"^ARPING ([0-9.]{7,15})(?: from \S{1,60} ([\w.@:-]{1,15}))?", re.M)
_ARPING_ON = re.compile(r"\s-[a-zA-Z]*[Ii]\s*([A-Za-z0-9_.@:-]{1,15})")


def asked(text: PastedText) -> QueryParams:
    """What exactly was asked, as far as the command or the beginning of its output tells."""
    read = _BY_QUESTION.get(text.question, shared.asked)
    return read(text)


def _group(found: re.Match[str] | None) -> str | None:
    return found[1] if found else None


def _number(found: re.Match[str] | None) -> int | None:
    return int(found[1], 0) if found else None


def _route(text: PastedText) -> QueryParams:
    """`ip route get 192.0.2.20 from 203.0.113.10 iif eth1 mark 0x1`"""
    return replace(
        shared.looked_up(text),
        iif=_group(_CAME_IN.search(text.command)),
        mark=_number(_MARK.search(text.command)),
        tos=_number(_TOS.search(text.command)),
    )


def _some_routes(text: PastedText) -> QueryParams:
    """`ip route show 10.0.0.0/8` is about the direction that the prefix belongs to."""
    prefix = shared.ADDRESS.search(text.command) if picks(text.command) else None
    return QueryParams(flow=shared.toward(prefix, text.flow)) if prefix else QueryParams()


def _neighbours(text: PastedText) -> QueryParams:
    return QueryParams(interface=_group(_DEVICE.search(text.command)))


def _gateway(text: PastedText) -> QueryParams:
    """Whose hardware address was asked for, and on which link: the heading tells, else the
    command."""
    heading = _ARPING.search(text.body[:2000])
    named = _ARPING_ON.search(text.command)
    wanted = heading or shared.ADDRESS.search(text.command)
    interface = heading[2] if heading and heading[2] else _group(named)
    return QueryParams(address=_address(_group(wanted)), interface=interface)


def _address(word: str | None) -> Address | None:
    try:
        return ip_address(word or "")
    except ValueError:
        return None


_BY_QUESTION: Mapping[Question, Callable[[PastedText], QueryParams]] = {
    Question.ROUTE_CHOICE: _route,
    Question.ROUTES: _some_routes,
    Question.NEIGHBOURS: _neighbours,
    Question.ARP_PROBE: _gateway,
}
