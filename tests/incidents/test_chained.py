"""Several commands in one typed line: each gets its own output."""

from __future__ import annotations

import pytest

from collectors.model.flow import Flow
from workbench.incidents.pasted.chained_commands import each_apart
from workbench.incidents.pasted.pieces import read_all

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
ADDRESSES = "lo UNKNOWN 127.0.0.1/8\neth0 UP 192.0.2.20/24\n"
ROUTES = (
    "default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.20\n"
)
RULES = (
    "0:\tfrom all lookup local\n100:\tfrom 192.0.2.20 lookup 100\n32766:\tfrom all lookup main\n"
)
LISTENERS = (
    "State  Recv-Q Send-Q Local Address:Port Peer Address:Port\nLISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n"
)


def questions(text: str) -> list[tuple[str, int, int]]:
    paste = read_all(text.encode(), FLOW, "pc", "somebody")
    return [(piece.question or piece.note, piece.records, piece.unread) for piece in paste.pieces]


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("ip -br a; ip route", ADDRESSES + ROUTES),
        ("sudo ip -br a && ip r", ADDRESSES + ROUTES),
        ("ip -br a; echo -----; ip route", ADDRESSES + "-----\n" + ROUTES),
        ("ssh pc 'ip -br a; ip route'", ADDRESSES + ROUTES),
    ],
)
def test_each_command_has_its_output(line: str, body: str) -> None:
    assert questions(f"root@pc:~# {line}\n{body}") == [("interfaces", 2, 0), ("routes", 2, 0)]


def test_three_of_them() -> None:
    found = questions(f"root@pc:~# ip rule; ip route; ss -tln\n{RULES}{ROUTES}{LISTENERS}")
    assert [one[0] for one in found] == ["rules", "routes", "listeners"]
    assert [one[2] for one in found] == [0, 0, 0]


@pytest.mark.parametrize(
    "line",
    [
        "cd /tmp && ip route",
        "sleep 10; ip route",
        "clear; ip route",
        "for i in 1 2; do ip route; done",
        "ip route | grep -v 'a;b'",
        "ip route show table 100; ip route",  # nothing tells where the first one ends
    ],
)
def test_one_output_stays_whole(line: str) -> None:
    text = f"root@pc:~# {line}\n{ROUTES}".encode()
    assert each_apart(text) == (text,)


def test_a_command_without_output_takes_none_of_the_next_one() -> None:
    found = questions(f"root@pc:~# ip neigh show dev eth9; ip route\n{ROUTES}")
    assert ("routes", 2, 0) in found


SERVICES = """lb# ipvsadm -Ln
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  203.0.113.10:443 wrr
  -> 198.51.100.12:443            Masq    1      0          977
"""
ENTRY = "TCP 00:52  SYN_RECV    192.0.2.20:43122    203.0.113.10:443    198.51.100.12:{0}\n"


def test_the_services_of_a_balancer_are_named_as_such() -> None:
    piece = read_all(SERVICES.encode(), FLOW, "lb", "somebody").pieces[0]
    assert "load balancer" in piece.note and not piece.unread


@pytest.mark.parametrize(("port", "records"), [(8443, 1), (443, 0)])
def test_one_connection_of_it_without_the_heading(port: int, records: int) -> None:
    """`ipvsadm -Lnc | grep CLIENT`: where the port stays the same, translated or sent on cannot be
    known."""
    piece = read_all(
        f"lb# ipvsadm -Lnc | grep 192.0\n{ENTRY.format(port)}".encode(), FLOW, "lb", "somebody"
    ).pieces[0]
    assert (piece.question, piece.records) == ("sessions", records)
    assert records or "`ipvsadm -Ln` shows it" in piece.note
