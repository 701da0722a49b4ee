"""`mtr`: its report with any columns, its screen, JSON and CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any

from collectors.model.answer import ParseResult
from collectors.model.flow import Address
from collectors.model.records import TraceReply, Traceroute
from collectors.platforms.reading import WIDEST, json_values, lines_of, looks_json

#   1.|-- 192.168.1.1   0.0%    10    0.5   0.6   0.4   1.1   0.2 /   2. AS15169  dns.google
# (8.8.8.8)  0.0% 10 ..
_HOP = re.compile(
    r"\s*(?P<ttl>\d{1,3})\.\s?(?:\|--)?\s*(?:\[?AS[\d?]+\]?\s+)?(?P<host>\S+)(?:\s+\((?P<address>[0-9a-fA-F:.]+)\))?"
    r"(?P<numbers>(?:\s+\d+(?:\.\d+)?%?)*)\s*"
)
#     |  `|-- 10.0.0.2 /         10.0.0.3: other routers at the same distance
_ALSO = re.compile(
    r"[\s|`]+(?:\|?--\s*)?(?P<host>[0-9a-fA-F:.]{3,}|\S+ \((?P<address>[0-9a-fA-F:.]+)\))(?:\s.*)?"
)
_TITLES = re.compile(
    r"(?:HOST:"
    r" \S+|\s*Host)\s+(?P<names>(?:Loss%|Drop|Rcv|Snt|Last|Avg|Best|Wrst|StDev|Gmean|J(?:ttr|avg|max|int)|\s)+)"
)
# pc (192.168.1.5) -> dns.google (8.8.8.8)        2023-09-01T10:00:00+0200
_TARGET = re.compile(r"\S+ \([0-9a-fA-F:.]+\) -> \S+ \((?P<address>[0-9a-fA-F:.]+)\).*")
_QUIET = re.compile(
    r"Start: .*|HOST: .*|\s*My traceroute.*|\s*Keys: .*|\s*Packets\s+Pings\s*|\s*\[MPLS: .*"
    r"|.*\(waiting for reply\)\s*|mtr: .*"
)
_CSV = re.compile(
    r"MTR\.[\w.]+[,;]\d+[,;]\w+[,;](?P<target>[^,;]*)[,;](?P<ttl>\d+)[,;](?P<host>[^,;]*)[,;](?P<rest>.*)"
)
_UNTITLED = ("Loss%", "Snt", "Last", "Avg", "Best", "Wrst", "StDev")


@dataclass
class _Draft:
    target: Address | None
    columns: tuple[str, ...] = _UNTITLED
    replies: list[TraceReply] = field(default_factory=list)


def is_mtr(text: str) -> bool:
    """Did mtr write this?"""
    start = text[:4000]
    return '"hubs"' in start or bool(
        re.search(
            r"^\s*\d+\.\s?\|--|^MTR\.[\d.]+[,;]|^Mtr_Version|My traceroute|^HOST: .*(?:Loss%|Snt)",
            start,
            re.M,
        )
    )


def read_mtr(text: str, target: Address | None) -> ParseResult:
    """Who answers at each distance; the time is the last one, else the average."""
    draft = _Draft(target)
    if looks_json(text):
        unread = tuple(line for value in json_values(text) for line in _json(value, draft))
    else:
        unread = tuple(
            line for line in lines_of(text) if len(line) > WIDEST or not _line(line, draft)
        )
    replies = tuple(_reached(reply, draft.target) for reply in draft.replies)
    return ParseResult((Traceroute(draft.target, "icmp", replies),) if replies else (), unread)


def _reached(reply: TraceReply, target: Address | None) -> TraceReply:
    reached = reply.address is not None and reply.address == target
    return replace(reply, reached=reached)


def _line(line: str, draft: _Draft) -> bool:
    if titles := _TITLES.fullmatch(line):
        draft.columns = tuple(titles["names"].split())
    elif row := _CSV.fullmatch(line):
        _csv(row, draft)
    elif head := _TARGET.fullmatch(line):
        draft.target = _address(head["address"]) or draft.target
    elif line.startswith("Mtr_Version"):
        draft.columns = tuple(re.split("[,;]", line.partition("Ip")[2])[1:])
    elif _QUIET.fullmatch(line):
        return True
    elif hop := _HOP.fullmatch(line):
        _hop(hop, draft)
    elif draft.replies and (also := _ALSO.fullmatch(line)):
        address = _address(also["address"] or also["host"])
        if address:
            draft.replies.append(TraceReply(draft.replies[-1].ttl, address))
        return address is not None
    else:
        return False
    return True


def _hop(hop: re.Match[str], draft: _Draft) -> None:
    cells = dict(zip(draft.columns, hop["numbers"].split(), strict=False))
    address = _address(hop["address"] or hop["host"])
    silent = hop["host"] == "???" or cells.get("Loss%", "").startswith("100")
    times = [cells[name] for name in ("Last", "Avg", "Best") if name in cells]
    rtts = () if silent else tuple(map(float, filter(None, times[:1])))
    draft.replies.append(TraceReply(int(hop["ttl"]), address, rtts, None, False, *_counted(cells)))


def _counted(cells: dict[str, str]) -> tuple[int | None, float | None]:
    """How many were sent, and which share got no answer."""
    sent, loss = cells.get("Snt", ""), cells.get("Loss%", "").rstrip("%")
    share = (
        float(loss) / 100
        if re.fullmatch(r"\d{1,3}(?:\.\d{1,6})?", loss) and float(loss) <= 100
        else None
    )
    return (int(sent) if re.fullmatch(r"\d{1,9}", sent) else None), share


def _csv(row: re.Match[str], draft: _Draft) -> None:
    own, *cells = re.split("[,;]", row["rest"])
    cells = cells if _address(own) else [own, *cells]
    address = _address(own) or _address(row["host"])
    draft.target = draft.target or _address(row["target"])
    named = dict(zip(draft.columns, cells, strict=False))
    last = named.get("Last", "")
    rtts = (float(last),) if address and re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", last) else ()
    draft.replies.append(TraceReply(int(row["ttl"]), address, rtts, None, False, *_counted(named)))


def _json(value: Any, draft: _Draft) -> Iterator[str]:
    report = value["report"]
    draft.target = _address(str(report.get("mtr", {}).get("dst", ""))) or draft.target
    for hub in report["hubs"]:
        named = re.search(r"\(([0-9a-fA-F:.]+)\)$", str(hub["host"]))
        address = _address(named[1] if named else str(hub["host"]))
        rtts = (
            (float(hub["Last"] if "Last" in hub else hub["Avg"]),)
            if address and hub.get("Loss%") != 100.0
            else ()
        )
        try:
            cells = {name: str(hub.get(name, "")) for name in ("Snt", "Loss%")}
            draft.replies.append(
                TraceReply(int(hub["count"]), address, rtts, None, False, *_counted(cells))
            )
        except ValueError:
            yield str(hub)[:WIDEST]


_KIND = re.compile(r"\s(?:--(?P<long>tcp|udp)\b|-\w*(?P<short>[Tu])\w*)")


def placed(reading: ParseResult, command: str) -> ParseResult:
    """`mtr -T -P 443`: of which protocol the probes were; the report does not say."""
    found = _KIND.search(command) if command.startswith("mtr") else None
    if found is None:
        return reading
    kind = found["long"] or ("tcp" if found["short"] == "T" else "udp")
    records = (
        replace(one, protocol=kind) if isinstance(one, Traceroute) else one
        for one in reading.records
    )
    return replace(reading, records=tuple(records))


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
