"""The routes of ToyOS, and the one that it takes for a packet."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.records import NextHop, Route, RouteChoice
from collectors.platforms.reading import each, lines_of


def ask_routes(params: QueryParams) -> str:
    """The whole table."""
    return "show routes"


def read_routes(output: Output, params: QueryParams) -> ParseResult:
    """`10.0.2.0/24 by 10.0.9.2 on port2`, `10.0.1.0/24 on port1`, below a heading."""

    def one(line: str) -> Route | None:
        if line.startswith("ToyOS routes"):
            return None
        prefix, *way = line.split()
        return Route(ip_network(prefix), "main", "unicast", (_hop(way),))

    return each(lines_of(output.stdout), one)


def _hop(way: list[str]) -> NextHop:
    match way:
        case ["by", gateway, "on", port]:
            return NextHop(port, ip_address(gateway))
        case ["on", port]:
            return NextHop(port)
    raise ValueError(" ".join(way))


def ask_choice(params: QueryParams) -> str | None:
    """Which way does this packet take?"""
    if params.flow is None:
        return None  # the question makes no sense here
    came = f" in {params.iif}" if params.iif else ""
    return f"show way {params.flow.src} {params.flow.dst}{came}"


def read_choice(output: Output, params: QueryParams) -> ParseResult:
    """`by 10.0.9.2 on port2`, `on port1`, `here`, or `no way`."""

    def one(line: str) -> RouteChoice:
        if line == "here":
            return RouteChoice("local")
        if line == "no way":
            return RouteChoice("unreachable", error="no way")
        return RouteChoice("unicast", _hop(line.split()))

    return each(lines_of(output.stdout), one)
