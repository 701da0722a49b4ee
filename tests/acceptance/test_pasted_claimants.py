"""Two machines answer for the gateway, and only one of them was pasted."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import Cause, Direction

FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"

PC = """pc# arping -c 2 -I eth0 192.0.2.1
ARPING 192.0.2.1 from 192.0.2.20 eth0
{answers}
pc# ip neigh
192.0.2.1 dev eth0 lladdr {entry} REACHABLE
pc# ip route
default via 192.0.2.1 dev eth0
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.20
pc# tcpdump -ni eth0 host 203.0.113.10
listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
08:08:01.000100 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 5, win 64240, length 0
08:08:02.010100 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 5, win 64240, length 0
08:08:04.030100 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 5, win 64240, length 0
"""
GATE = """gate# ip -br l
lan UP 00:0c:29:11:11:11 <BROADCAST,MULTICAST,UP,LOWER_UP>
up0 UP 00:0c:29:11:11:12 <BROADCAST,MULTICAST,UP,LOWER_UP>
gate# ip -br a
lan UP 192.0.2.1/24
up0 UP 203.0.113.1/24
gate# tcpdump -ni lan host 203.0.113.10
listening on lan, link-type EN10MB (Ethernet), snapshot length 262144 bytes
0 packets captured
"""
GATES = "Unicast reply from 192.0.2.1 [00:0C:29:11:11:11]  0.844ms"
STRANGERS = "Unicast reply from 192.0.2.1 [3C:52:82:22:22:22]  1.204ms"


def _told(place: Path, entry: str, *answers: str) -> PastedCase:
    pasted = PC.format(answers="\n".join(answers), entry=entry)
    return diagnose_texts(FLOW, {"pc": pasted, "gate": GATE}, place)


def test_a_stranger_answers_too_and_gets_the_packets(tmp_path: Path) -> None:
    told = _told(tmp_path, "3c:52:82:22:22:22", GATES, STRANGERS)
    assert told.cause is Cause.DUPLICATE_GATEWAY, told
    assert told.direction is Direction.FORWARD
    assert "one is gate" in told.words
    assert told.sure < 0.8, "who the other one is, nobody knows"


def test_an_entry_that_only_its_owner_contradicts_is_that_hosts_own(tmp_path: Path) -> None:
    """The gateway alone answers: nobody else claims the address, the entry is wrong."""
    told = _told(tmp_path, "3c:52:82:22:22:22", GATES)
    assert told.cause is not Cause.DUPLICATE_GATEWAY, told


def test_one_gateway_that_answers_twice_is_one(tmp_path: Path) -> None:
    told = _told(tmp_path, "00:0c:29:11:11:11", GATES, GATES)
    assert told.cause is not Cause.DUPLICATE_GATEWAY, told
