"""What does somebody look for? `ledger device:fw-a address:10.0.0.0/8 state:open by:riley` in one
field, or the same from the fields of a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network

from workbench.analysis.case.verdict import Cause
from workbench.incidents.models import Incident
from workbench.incidents.search.query_text import KEYS, parts, plain

Network = IPv4Network | IPv6Network
MOST = 12  # conditions of one kind
AGO = re.compile(r"(\d{1,4})([hdw])")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What incidents must have, all of it; empty = all incidents."""

    texts: tuple[tuple[str, bool], ...] = ()  # words, and whether they were quoted
    devices: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    causes: tuple[frozenset[str], ...] = ()
    people: tuple[str, ...] = ()
    states: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    problems: tuple[str, ...] = field(default=())  # what could not be understood, in words
    severities: frozenset[int] = frozenset()  # 0: those that have none


def asked(text: str, now: datetime, fields: Mapping[str, str] | None = None) -> Asked:
    """What a query, and the fields of a form beside it, ask for. Never raises: what cannot be
    understood is in `problems`."""
    found = Asked()
    for part in parts(text):
        found = _with(found, part.key, part.value, part.quoted, now)
    for key, value in (fields or {}).items():
        if value.strip():
            found = _with(found, key, plain(value).strip(), False, now)
    return found


def _with(found: Asked, key: str, value: str, quoted: bool, now: datetime) -> Asked:
    if key in KEYS and not value:
        return found
    if key in _READ:
        return _READ[key](found, value)
    if key in ("since", "until"):
        return _timed(found, key, value, now)
    if not key and not quoted and _LIKE_AN_ADDRESS.search(value):
        network = _network(value)
        if network is not None:
            return replace(found, networks=(*found.networks, network)[:MOST])
    return _text(found, f"{key} {value}" if key else value, quoted)


_LIKE_AN_ADDRESS = re.compile(r"[.:/]")  # a number alone is a word, although it is an address


def _text(found: Asked, text: str, quoted: bool) -> Asked:
    if not text.strip():
        return found
    return replace(found, texts=(*found.texts, (text, quoted))[:MOST])


def _device(found: Asked, value: str) -> Asked:
    return replace(found, devices=(*found.devices, value[:100])[:MOST])


def _person(found: Asked, value: str) -> Asked:
    return replace(found, people=(*found.people, value[:150])[:MOST])


def _address(found: Asked, value: str) -> Asked:
    network = _network(value)
    if network is None:
        return _problem(found, f"{value[:60]!r} is no address and no network")
    return replace(found, networks=(*found.networks, network)[:MOST])


def _network(value: str) -> Network | None:
    try:
        return ip_network(value, strict=False)
    except ValueError:
        return None


def _cause(found: Asked, value: str) -> Asked:
    wanted = value.lower().replace("-", "_").replace(" ", "_")
    codes = frozenset(cause.value for cause in Cause if wanted in cause.value)
    if not codes:
        return _problem(found, f"there is no cause {value[:60]!r}")
    return replace(found, causes=(*found.causes, codes)[:MOST])


def _state(found: Asked, value: str) -> Asked:
    states = frozenset(value.lower().split(","))
    if not states <= set(Incident.State.values):
        return _problem(found, f"a state is {', '.join(Incident.State.values)}, not {value[:60]!r}")
    return replace(found, states=found.states | states)


_RANGE = re.compile(r"(?:sev)?([1-4])(?:(?:\.\.|-)(?:sev)?([1-4]))?")
NO_SEVERITY = 0


def _severity(found: Asked, value: str) -> Asked:
    """`1`, `1,3`, `1..2`, `none`."""
    wanted: set[int] = set()
    for one in value.lower().split(","):
        match = _RANGE.fullmatch(one)
        if one == "none":
            wanted.add(NO_SEVERITY)
        elif match:
            ends = sorted((int(match[1]), int(match[2] or match[1])))
            wanted.update(range(ends[0], ends[1] + 1))
        else:
            return _problem(found, f"a severity is 1 to 4, 1..2 or none, not {value[:60]!r}")
    return replace(found, severities=found.severities | wanted)


_READ = {
    "device": _device,
    "address": _address,
    "cause": _cause,
    "by": _person,
    "state": _state,
    "severity": _severity,
}


def _timed(found: Asked, key: str, value: str, now: datetime) -> Asked:
    at = _moment(value, now)
    if at is None:
        return _problem(found, f"{value[:60]!r} is no time; write 2026-11-30, or 7d for a week ago")
    if key == "until" and len(value) == len("2026-11-30"):
        at = at.replace(hour=23, minute=59, second=59, microsecond=999_999)  # the day itself counts
    return replace(found, since=at) if key == "since" else replace(found, until=at)


def _moment(value: str, now: datetime) -> datetime | None:
    ago = AGO.fullmatch(value)
    if ago:
        return now - int(ago[1]) * UNITS[ago[2]]
    try:
        at = datetime.fromisoformat(value)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except ValueError:
        return None


def _problem(found: Asked, says: str) -> Asked:
    return replace(found, problems=(*found.problems, says)[:MOST])
