"""What `netstat -i` and `netstat -s` count, on Linux and the BSDs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from collectors.model.answer import ParseResult, Unparsed
from collectors.model.records import Counter
from collectors.platforms.netstat_names import KERNEL_NAMES
from collectors.platforms.reading import WIDEST, each

# Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg
LINUX_TITLES = re.compile(r"Iface\s+MTU\s+(?:Met\s+)?RX-OK\s.*")
# Name    Mtu Network       Address              Ipkts Ierrs Idrop     Ibytes    Opkts Oerrs
# Obytes  Coll
BSD_TITLES = re.compile(r"Name\s+Mtu\s+(?:Network|Net/Dest)\s+Address\s+Ipkts\s.*")
_LINUX = {
    "RX-OK": "rx_packets", "RX-ERR": "rx_errors", "RX-DRP": "rx_dropped", "RX-OVR": "rx_over_errors",
    "TX-OK": "tx_packets", "TX-ERR": "tx_errors", "TX-DRP": "tx_dropped", "TX-OVR": "tx_over_errors",
}  # fmt: skip
_BSD = {
    "Ipkts": "rx_packets", "Ierrs": "rx_errors", "Idrop": "rx_dropped", "Ibytes": "rx_bytes", "Opkts": "tx_packets",
    "Oerrs": "tx_errors", "Obytes": "tx_bytes", "Coll": "tx_collisions", "Colls": "tx_collisions",
    "Drop": "tx_dropped",
}  # fmt: skip


def read_interfaces(lines: list[str]) -> ParseResult:
    """One line per interface (Linux), or one per interface and address, of which the link's counts
    (BSD)."""
    columns: list[str] = []

    def one(line: str) -> list[Counter] | None:
        nonlocal columns
        if LINUX_TITLES.fullmatch(line) or BSD_TITLES.fullmatch(line):
            columns = line.split()
            return None
        if line.startswith("Kernel Interface table") or line.endswith(": interface not found"):
            return None
        if not columns:
            raise Unparsed(line)
        return list(_linux(line, columns) if columns[0] == "Iface" else _bsd(line, columns))

    return each(lines, one, WIDEST)


def _linux(line: str, columns: list[str]) -> Iterator[Counter]:
    words = line.split()
    if "- no statistics available -" in line:
        return
    if len(words) not in (len(columns), len(columns) - 1):  # the flags may be empty
        raise Unparsed(line)
    yield from _counters(dict(zip(columns, words, strict=False)), words[0], _LINUX)


def _bsd(line: str, columns: list[str]) -> Iterator[Counter]:
    """Counted from the right: a tunnel has no address, and addresses of one interface repeat its
    name."""
    words = line.split()
    wanted = columns[columns.index("Ipkts") :]
    if len(words) < len(wanted) + 2 and not _continued(line):
        raise Unparsed(line)
    if not re.search(r"<Link|\blink#\d", line):
        return
    numbers = words[-len(wanted) :]
    yield from _counters(dict(zip(wanted, numbers, strict=False)), words[0].rstrip("*"), _BSD)


def _continued(line: str) -> bool:
    """With -a: the multicast addresses of an interface, indented."""
    return line[:1].isspace()


def _counters(cells: dict[str, str], interface: str, names: dict[str, str]) -> Iterator[Counter]:
    for column, name in names.items():
        cell = cells.get(column, "-")
        if cell.isdigit() and len(cell) < 20:
            yield Counter(f"interface {interface}", name, int(cell))


# --- ip -s link, ethtool -S ---

_LINK = re.compile(r"\d+: (?P<name>[^:@\s]+)(?:@[^:]+)?: <.*")
_RECEIVED = re.compile(r"\s+(?P<way>RX|TX)(?: errors)?:\s+(?P<names>[a-z][a-z_ ]*)\s*")
_NUMBERS = re.compile(r"\s+\d+(?:\s+\d+)*\s*")
_NIC = re.compile(r"\s+(?P<name>[A-Za-z\[][^:]{1,80}): (?P<value>-?\d{1,20})")
_LINK_NAMES = {
    "overrun": "over_errors",
    "collsns": "collisions",
    "carrier": "carrier_errors",
    "mcast": "multicast",
}


@dataclass
class _Columns:
    """The interface that is listed, and which numbers the next line holds."""

    interface: str = "interface"
    way: str = ""
    names: list[str] = field(default_factory=list)

    def counters(self, line: str) -> list[Counter]:
        """The numbers below their titles."""
        titles, self.names = self.names, []
        found: list[Counter] = []
        for title, number in zip(titles, line.split(), strict=False):
            if len(number) < 20:
                name = f"{self.way}_{_LINK_NAMES.get(title, title)}"
                found.append(Counter(self.interface, name, int(number)))
        return found


def is_links(text: str) -> bool:
    """Is this `ip -s link` as text, or `ethtool -S`?"""
    if re.match(r"\s*NIC statistics:", text):
        return True
    return re.search(r"^\s+RX:\s+bytes\s+packets", text[:20_000], re.M) is not None


def read_links(lines: list[str]) -> ParseResult:
    """What each interface counts; `ethtool -S` does not name its own."""
    place = _Columns()

    def one(line: str) -> list[Counter] | Counter | None:
        if link := _LINK.fullmatch(line):
            place.interface = f"interface {link['name']}"
        elif titles := _RECEIVED.fullmatch(line):
            place.way, place.names = titles["way"].lower(), titles["names"].split()
        elif place.names and _NUMBERS.fullmatch(line):
            return place.counters(line)
        elif nic := _NIC.fullmatch(line):
            return Counter(place.interface, nic["name"].strip(), int(nic["value"]))
        elif not line[:1].isspace() and line != "NIC statistics:":
            raise Unparsed(line)
        return None

    return each(lines, one, WIDEST)


# --- netstat -s ---

# Tcp: / tcp: / IPv4 Statistics
SECTION = re.compile(r"(?P<name>[A-Za-z][\w-]{1,20}):")
_SENTENCE = re.compile(
    r"\s+(?P<before>[A-Za-z][^\d:]{0,80})?(?P<value>\d{1,20}) (?P<after>[A-Za-z(/].*)"
)
_NAMED = re.compile(r"\s+(?P<name>[A-Za-z]\w{1,60}|[A-Za-z][\w ,/-]{1,60}): (?P<value>-?\d{1,20})")


def is_statistics(text: str) -> bool:
    """Does this text begin as `netstat -s` does, or is it a part of it without its headings?"""
    if re.match(r"\s*(?:Ip|Tcp|Udp|Icmp|ip|tcp|udp|icmp|ip6|arp)6?:\n\s+\S", text):
        return True
    first = next((line for line in text[:2000].splitlines() if line.strip()), "")
    found = _SENTENCE.fullmatch(first)
    return found is not None and bool(_section_of(_sentence(found).rstrip(".")))


def _sentence(found: re.Match[str]) -> str:
    """The words around the number."""
    return f"{found['before'] or ''}{found['after']}".strip()


def read_statistics(lines: list[str]) -> ParseResult:
    """One counter per sentence, by the kernel's name where that is known, else by the sentence."""
    section = ""

    def one(line: str) -> Counter | None:
        nonlocal section
        if found := SECTION.fullmatch(line):
            section = found["name"]
            return None
        if named := _NAMED.fullmatch(line):
            name = named["name"].replace(" ", "-")
            return Counter("kernel", f"{section or _section_of(name)}{name}", int(named["value"]))
        if sentence := _SENTENCE.fullmatch(line):
            return _counter(section, sentence)
        if line[:1].isspace() and section:
            return None  # `Forwarding: disabled`, a heading inside a section
        raise Unparsed(line)

    return each(lines, one, WIDEST)


def _section_of(sentence: str) -> str:
    """Of a part of the answer (`netstat -s | grep listen`): only one section has that sentence, or
    such a name."""
    if sentence.startswith("TCP"):
        return "TcpExt"
    having = [name for name, known in KERNEL_NAMES.items() if sentence in known]
    return having[0] if len(having) == 1 else ""


def _counter(section: str, found: re.Match[str]) -> Counter:
    sentence, value = _sentence(found), int(found["value"])
    section = section or _section_of(sentence.rstrip("."))
    known = KERNEL_NAMES.get(section, {}).get(sentence.rstrip("."))
    if known:
        return Counter("kernel", f"{section}{known}", value)
    return Counter("netstat", f"{section}: {sentence}"[:200], value)
