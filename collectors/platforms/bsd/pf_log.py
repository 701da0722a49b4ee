"""What pf wrote to its log (`tcpdump -n -e -i pflog0`): it holds only what a rule with `log` met,
not all packets."""

from __future__ import annotations

import re

from collectors.model.answer import ParseResult, Unparsed
from collectors.model.records import LogLine
from collectors.platforms.linux import capture_line
from collectors.platforms.reading import each

# 12:00:01.000000 rule 4/0(match): block in on igb1: 192.0.2.1.40000 > 198.51.100.1.443: Flags [S]
# ...
# Nov 30 10:00:02.000001 rule ... (OpenBSD)
_ENTRY = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d )?\s*[\d:. -]{0,40}"
    r"(?P<label>rule \S{1,60}\(\S{1,20}\):? (?:\[[^\]]{0,80}\]:? )?\w{1,12}) "
    r"(?P<way>in|out) on (?P<iface>[\w.]{1,30}): "
)
_AROUND = re.compile(
    r"\s*(?:tcpdump: |listening on |reading from |\^C|\d+ packets? |\(\d+ packets?)"
)


def read(lines: list[str]) -> ParseResult:
    """One line for each packet: which rule, what it did with it, on which interface."""
    return each(lines, _line)


def _line(line: str) -> LogLine | None:
    entry = _ENTRY.match(line)
    if entry is None:
        if _is_aside(line):
            return None
        raise Unparsed(line)
    packet = capture_line.packet(line[entry.start("label") :])
    if packet is None:
        return None
    came_in = entry["way"] == "in"
    return LogLine(
        None,
        entry["label"],
        entry["iface"] if came_in else None,
        None if came_in else entry["iface"],
        packet.flow,
        packet.flags,
        line[:1000],
    )


def _is_aside(line: str) -> bool:
    """Is it one of tcpdump's own words, or the rest of a packet?"""
    return line[:1].isspace() or _AROUND.match(line) is not None
