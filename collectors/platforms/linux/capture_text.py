"""What tcpdump, tshark and the pages of firewalls print for people, as packets: for output that was
pasted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from collectors.model.answer import ParseResult, Unparsed
from collectors.model.flow import Flow
from collectors.model.records import Packet
from collectors.platforms.linux import capture_line, capture_list
from collectors.platforms.linux.capture_times import with_times
from collectors.platforms.linux.counted import whole_numbers
from collectors.platforms.reading import LONGEST, each, lines_of

_BANNER = re.compile(
    r"^(?:tcpdump: )?listening on (?P<name>[^\s,]+)|^Capturing on '(?P<shark>[^']+)'", re.M
)
_QUIET = re.compile(
    r"tcpdump: |tcpdump version |libpcap version |listening on |dropped privs|data link type"
    r" |reading from "
    r"|Capturing on |Running as user |\^C|\d+ packets? |\(\d+ packets?|interfaces=\[|filters=\["
)
_HEX = re.compile(r"\s*0x[0-9a-f]{4}:\s")
# -A and -X without offsets: what stands between two packets begins with the first byte of IP, 0x45
# or 0x60
_DUMPED = re.compile(r"^(?:.{0,20}?E[.\x00-\x7f]|`)\S*\.\S*\.")
# OPNsense's page: "Servers", "vlan0.100<tab>2024-06-28", then time, MAC and MAC between tabs
_PAGE = re.compile(r"^(?P<iface>[\w.@:-]{1,30})\t(?P<date>\d{4}-\d\d-\d\d)\s*$")
_PAGED = re.compile(r"^(?P<time>\d\d:\d\d:\d\d\.\d+)\t(?P<a>[0-9a-f:]{17})\t(?P<b>[0-9a-f:]{17})\t")


def read(text: str, interface: str | None = None) -> ParseResult:
    """One packet for each; what continues a line is joined to it. `interface` = which one the
    command named."""
    if capture_list.is_list(text):
        return capture_list.read(text, _named(text, interface))
    known: dict[Flow, Flow] = {}
    found = each(_folded(_page(text)), lambda line: _packet(line, known))
    packets = [record for record in found.records if isinstance(record, Packet)]
    place = _named(text, interface)
    placed = (capture_line.on(packet, place) for packet in with_times(packets, text))
    return ParseResult(whole_numbers(placed), found.unread)


def _named(text: str, interface: str | None) -> str | None:
    """The interface of the command, else of the banner; `any` is none."""
    if interface is None and (found := _BANNER.search(text[:20_000])):
        interface = found["name"] or found["shark"]
    return None if interface in ("any", "pflog0", "nflog") else interface


def _page(text: str) -> str:
    """A page of OPNsense as tcpdump would have written it: the interface and the day stand above
    each packet."""
    if not _PAGE.search(text) and "\t" not in text:
        return text
    lines, out, place = text.split("\n"), list[str](), ("", "")
    for number, line in enumerate(lines):
        if heading := _PAGE.match(line):
            place = (f"{heading['date']} ", f"{heading['iface']} ? ")
        elif not (number + 1 < len(lines) and _PAGE.match(lines[number + 1])):
            out.append(_PAGED.sub(partial(_row, place=place), line))
    return "\n".join(out)


def _row(row: re.Match[str], place: tuple[str, str]) -> str:
    return f"{place[0]}{row['time']} {place[1]}{row['a']} > {row['b']}, "


def _folded(text: str) -> Iterator[str]:
    """Lines with what continues them; dumps of bytes and tcpdump's own words are left out."""
    dumped = _is_dump(text)
    open_line = ""
    for line in lines_of(text):
        if _HEX.match(line) or _QUIET.match(line.lstrip()):
            continue
        begins = capture_line.begins(line)
        if open_line and _goes_on(open_line, line, begins):
            if len(open_line) < LONGEST // 2:
                open_line = f"{open_line} {line.strip()}"
        elif begins or not (dumped and open_line):
            if open_line:
                yield open_line
            open_line = line
    if open_line:
        yield open_line


def _is_dump(text: str) -> bool:
    """Are the bytes of packets printed, too?"""
    if _HEX.search(text[:20_000]):
        return True
    return any(map(_DUMPED.match, text.split("\n")[:400]))


def _goes_on(open_line: str, line: str, begins: bool) -> bool:
    indented = not begins and line[:1].isspace()
    return indented or capture_line.continues(open_line, line)


def _packet(line: str, known: dict[Flow, Flow]) -> Packet | None:
    found = capture_line.packet(line)
    if found is None and not capture_line.silent(line):
        raise Unparsed(line)
    return capture_line.shared(found, known) if found else None
