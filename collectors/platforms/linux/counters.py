"""What the kernel has counted since it started: protocol counters, errors and drops of interfaces
and queues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.records import Counter
from collectors.platforms import netstat_counters
from collectors.platforms.linux.counter_meanings import all_with_meaning
from collectors.platforms.linux.shell import script
from collectors.platforms.reading import (
    each,
    each_item,
    joined,
    json_values,
    lines_of,
    looks_json,
    text_of,
)

_FILES = "/proc/net/snmp /proc/net/netstat /proc/net/snmp6"


def ask_counters(params: QueryParams) -> str:
    """The files themselves: absolute values, and no tool that keeps a history."""
    return script(f"cat {_FILES} 2>/dev/null; ip -j -s link; tc -j -s qdisc show 2>/dev/null")


def read_counters(output: Output, params: QueryParams) -> ParseResult:
    """/proc/net/snmp, netstat and snmp6, then `ip -j -s link`, `tc -j -s qdisc`; or what `nstat` or
    `netstat` tell."""
    return all_with_meaning(_read(text_of(output.stdout)))


def _read(text: str) -> ParseResult:
    lines = lines_of(text)
    if netstat_counters.is_links(text):
        return netstat_counters.read_links(lines)
    if netstat_counters.is_statistics(text):
        return netstat_counters.read_statistics(lines)
    if any(netstat_counters.LINUX_TITLES.fullmatch(line) for line in lines[:2]):
        return netstat_counters.read_interfaces(lines)
    tables = [line for line in lines if not looks_json(line)]
    values = "\n".join(line for line in lines if looks_json(line))
    return joined(_tables(tables), *(_json(value) for value in json_values(values)))


def _tables(lines: list[str]) -> ParseResult:
    """Pairs of lines (`Ip: Forwarding ..` and `Ip: 1 ..`), single lines (`Ip6InReceives  12`)."""
    heads: dict[str, list[str]] = {}

    def one(line: str) -> list[Counter] | Counter | None:
        first, *rest = line.split()
        if line.startswith("#"):
            return None
        if not first.endswith(":"):
            return _single(first, rest, line)
        if first not in heads:
            heads[first] = rest
            return None
        return list(_pairs(first.rstrip(":"), heads.pop(first), rest))

    reading = each(lines, one)
    return ParseResult(
        reading.records, (*reading.unread, *(" ".join((k, *v)) for k, v in heads.items()))
    )


def _single(name: str, rest: list[str], line: str) -> Counter:
    if not rest or not rest[0].lstrip("-").isdigit():
        raise Unparsed(line)
    return Counter("kernel", name, int(rest[0]))


def _pairs(prefix: str, names: list[str], values: list[str]) -> Iterator[Counter]:
    """What counts; a negative number counts nothing: TcpMaxConn is -1 where there is no fixed limit
    (RFC 4022)."""
    for name, value in zip(names, values, strict=True):
        if not value.startswith("-"):
            yield Counter("kernel", f"{prefix}{name}", int(value))


def _json(value: Any) -> ParseResult:
    if isinstance(value, dict) and "kernel" in value:
        return ParseResult(
            tuple(Counter("kernel", name, int(n)) for name, n in value["kernel"].items())
        )
    return each_item(
        (value,), lambda item: list(_queue(item) if "kind" in item else _interface(item))
    )


def _queue(item: dict[str, Any]) -> Iterator[Counter]:
    """One queue of an interface; several of one kind (the rings of `mq`) are distinguished by their
    handle or parent."""
    handle, parent = item.get("handle") or "", item.get("parent") or ""
    scope = f"qdisc {item['dev']} {item['kind']} {handle} {parent}".rstrip()
    for name in ("packets", "drops", "overlimits"):
        if name in item:
            yield Counter(scope, name, int(item[name]))


def _interface(item: dict[str, Any]) -> Iterator[Counter]:
    stats = item.get("stats64") or item["stats"]
    for direction, numbers in stats.items():
        for name, number in numbers.items():
            yield Counter(f"interface {item['ifname']}", f"{direction}_{name}", int(number))
