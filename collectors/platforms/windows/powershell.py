"""Cmdlets of Windows: Test-NetConnection, Get-NetTCPConnection, Get-NetNeighbor,
Get-NetIPAddress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_interface

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address, Protocol
from collectors.model.records import Interface, Neighbour, ProbeResult, Record, Socket
from collectors.platforms.probe_failures import outcome
from collectors.platforms.reading import WIDEST, lines_of, text_of
from collectors.platforms.windows.objects import Object, objects

_STATES = {"established": "ESTAB", "listen": "LISTEN", "synsent": "SYN-SENT", "synreceived": "SYN-RECV",
           "timewait": "TIME-WAIT", "closewait": "CLOSE-WAIT", "finwait1": "FIN-WAIT-1", "finwait2": "FIN-WAIT-2",
           "lastack": "LAST-ACK", "closing": "CLOSING"}  # fmt: skip


def _of(read: Callable[[Object], Iterator[Record]]) -> Callable[[Output, QueryParams], ParseResult]:
    def parse(output: Output, params: QueryParams) -> ParseResult:
        found: list[Record] = []
        unread: list[str] = []
        for one in objects([line[:WIDEST] for line in lines_of(text_of(output.stdout))]):
            try:
                found.extend(read(one))
            except (ValueError, KeyError):
                unread.append(" ".join(f"{name}={value}" for name, value in one.items())[:WIDEST])
        return ParseResult(tuple(found), tuple(unread))

    return parse


def _connection(one: Object) -> Iterator[ProbeResult]:
    """`Test-NetConnection host -Port 443`, or without a port: a ping."""
    if "RemoteAddress" not in one:
        return
    target = ip_address(one["RemoteAddress"])
    if "TcpTestSucceeded" in one:
        ok = one["TcpTestSucceeded"] == "True"
        yield outcome("connect", target, None if ok else "failed, no reason given")
    if one.get("PingSucceeded") == "True":
        yield outcome("ping", target, None, rtt_ms=_rtt(one))
    elif "PingSucceeded" in one:
        yield outcome("ping", target, "timed out", rtt_ms=None)


def _rtt(one: Object) -> float | None:
    """PingReplyDetails (RTT) : 12 ms"""
    for name, value in one.items():
        if "RTT" in name:
            number = "".join(value.split()[:1])
            return float(number) if number.isdigit() else None
    return None


def _socket(one: Object) -> Iterator[Socket]:
    local, remote = ip_address(one["LocalAddress"]), ip_address(one.get("RemoteAddress", "0.0.0.0"))
    state = _STATES.get(one.get("State", "").lower())
    if state is None:
        return
    waiting = state == "LISTEN"
    yield Socket(
        Protocol.TCP, state, None if local.is_unspecified else local, int(one["LocalPort"]),
        None if waiting else remote, None if waiting else int(one["RemotePort"]), family=_family(local),
    )  # fmt: skip


def _family(local: Address) -> int | None:
    """`::` takes IPv4 as well where the program asked for both: the table does not tell."""
    return None if local.version == 6 and local.is_unspecified else local.version


def _neighbour(one: Object) -> Iterator[Neighbour]:
    address = ip_address(one["IPAddress"].partition("%")[0])
    mac = one.get("LinkLayerAddress", "").lower().replace("-", ":")
    known = bool(mac.strip("0:"))
    state = one.get("State", "").upper()
    if not address.is_multicast:
        name = {"UNREACHABLE": "FAILED"}.get(state, state)
        interface = one.get("InterfaceAlias") or f"if{one.get('ifIndex', '')}"
        yield Neighbour(address, interface, mac if known else None, (name,))


def _address(one: Object) -> Iterator[Interface]:
    held = ip_interface(f"{one['IPAddress'].partition('%')[0]}/{one['PrefixLength']}")
    yield Interface(
        one.get("InterfaceAlias") or f"if{one['ifIndex']}", 0, None, 0, True, addresses=(held,)
    )


read_connection = _of(_connection)
read_sockets = _of(_socket)
read_neighbours = _of(_neighbour)
read_addresses = _of(_address)
