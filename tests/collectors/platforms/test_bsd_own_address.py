"""macOS writes its own address as a host route to a link, and the addresses of its gateways the
same way."""

from __future__ import annotations

import pytest

from collectors.model.answer import Output
from collectors.model.evidence import QueryParams
from collectors.model.records import Route
from collectors.platforms.bsd.routes import read_routes

TITLES = (
    "Routing tables\n\nInternet:\nDestination        Gateway            Flags               Netif"
    " Expire\n"
)
DEFAULT = "default            192.168.1.1        UGScg                 en0\n"
GATEWAY = "192.168.1.1/32     link#12            UCS                   en0      !\n"
OWN = "192.168.1.20/32    link#12            UCS                   en0      !\n"
OTHER = "192.168.1.30/32    link#12            UCS                   en0      !\n"
BROADCAST = "255.255.255.255/32 link#12            UCS                   en0      !\n"


@pytest.mark.parametrize(
    ("lines", "own"),
    [
        (DEFAULT + GATEWAY + OWN + BROADCAST, ["192.168.1.20/32"]),
        # without the routes by it, the gateway cannot be known from the own address
        (GATEWAY + OWN, []),
        (DEFAULT + GATEWAY + OWN + OTHER, []),
        (DEFAULT + GATEWAY, []),
    ],
)
def test_the_address_that_is_no_gateway_is_its_own(lines: str, own: list[str]) -> None:
    reading = read_routes(Output((TITLES + lines).encode()), QueryParams())
    local = [
        str(one.destination)
        for one in reading.records
        if isinstance(one, Route) and one.kind == "local"
    ]
    assert local == own and not reading.unread
