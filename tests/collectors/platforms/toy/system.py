"""What ToyOS is, and which ports it has."""

from __future__ import annotations

from ipaddress import ip_interface

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.records import Identity, Interface
from collectors.platforms.reading import each, lines_of


def ask_identity(params: QueryParams) -> str:
    """Its name and version."""
    return "show system"


def read_identity(output: Output, params: QueryParams) -> ParseResult:
    """`toy-1 runs ToyOS 3`."""

    def one(line: str) -> Identity:
        name, _, system = line.partition(" runs ")
        return Identity(name, system)

    return each(lines_of(output.stdout), one)


def ask_ports(params: QueryParams) -> str:
    """Every port with its addresses."""
    return "show ports"


def read_ports(output: Output, params: QueryParams) -> ParseResult:
    """`port1 up 02:00:00:00:00:01 10.0.1.1/24`, below a heading."""

    def one(line: str) -> Interface | None:
        if line.startswith("ToyOS ports"):
            return None
        name, state, mac, *addresses = line.split()
        if state not in ("up", "down"):
            raise ValueError(line)
        number = int(name.removeprefix("port"))
        held = tuple(ip_interface(address) for address in addresses)
        return Interface(name, number, mac, 1500, state == "up", addresses=held)

    return each(lines_of(output.stdout), one)
