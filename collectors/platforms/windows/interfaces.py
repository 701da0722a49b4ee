"""`ipconfig` and `ipconfig /all` of Windows, in any language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_interface

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.inventory import AddressWithPrefix
from collectors.model.records import Interface
from collectors.platforms.reading import WIDEST, lines_of, text_of

# Ethernet adapter Ethernet 2: / Ethernet-Adapter WLAN: / Carte réseau sans fil Wi-Fi :
_HEAD = re.compile(
    r"(?:.*?[Aa]dapter (?P<name>\S.*?)|(?:Carte|Adaptador de|Scheda) (?:\S+ sans fil |\S+"
    r" )(?P<latin>\S.*?)"
    r"|(?P<other>\S.*?))\s?:"
)
#    IPv4 Address. . . . . . . . . . . : 192.168.1.10(Preferred)
_FIELD = re.compile(r"\s+(?P<name>\S[^:]*?)[ .]*: ?(?P<value>.*)")
_FOUR = re.compile(r"(?P<address>\d{1,3}(?:\.\d{1,3}){3})(?:\([^()]*\))?")
_SIX = re.compile(r"(?P<address>[0-9a-fA-F]*:[0-9a-fA-F:.]+)(?:%\d+)?(?P<kept>\([^()]*\))?")
_BYTE = r"(?:255|254|252|248|240|224|192|128|0)"
_MASK = re.compile(
    rf"(?:{_BYTE}\.0\.0\.0|255\.{_BYTE}\.0\.0|255\.255\.{_BYTE}\.0|255\.255\.255\.{_BYTE})"
)
_MAC = re.compile(r"[0-9A-F]{2}(?:-[0-9A-F]{2}){5}")
_DOWN = re.compile(r"disconnected|getrennt|déconnecté|desconectad|disconness", re.I)


@dataclass
class _Draft:
    name: str
    mac: str | None = None
    up: bool = True
    pending: str | None = None  # an address whose mask is on the next line
    addresses: list[AddressWithPrefix] = field(default_factory=list)


def read_interfaces(output: Output, params: QueryParams) -> ParseResult:
    """One interface per paragraph; a mask follows the address that it belongs to."""
    drafts: list[_Draft] = []
    unread: list[str] = []
    for line in lines_of(text_of(output.stdout)):
        if len(line) > WIDEST or not _line(line, drafts):
            unread.append(line)
    found = (Interface(d.name, 0, d.mac, 0, d.up, addresses=tuple(d.addresses)) for d in drafts)
    return ParseResult(tuple(found), tuple(unread))


def _line(line: str, drafts: list[_Draft]) -> bool:
    if not line[:1].isspace():
        head = _HEAD.fullmatch(line)
        if head:
            drafts.append(_Draft(head["name"] or head["latin"] or head["other"]))
        return True  # `Windows IP Configuration`, in the system's own language
    found = _FIELD.fullmatch(line)
    if found and drafts:
        try:
            _field(found["name"], found["value"].strip(), drafts[-1])
        except ValueError:
            return False
    return True  # further gateways and DNS servers stand alone on their lines


def _field(name: str, value: str, draft: _Draft) -> None:
    if _MAC.fullmatch(value):
        draft.mac = value.lower().replace("-", ":")
    elif _DOWN.search(value):
        draft.up = False
    elif draft.pending and _MASK.fullmatch(value):
        draft.addresses.append(ip_interface(f"{draft.pending}/{value}"))
    four = _FOUR.fullmatch(value)
    draft.pending = four["address"] if four else None
    if (six := _SIX.fullmatch(value)) and "IPv6" in name:
        draft.addresses.append(ip_interface(f"{six['address']}/64"))
