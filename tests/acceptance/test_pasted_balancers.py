"""Who hands connections on by a service of the kernel's balancer is one, whatever its role."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import Cause, Direction

FLOW = "tcp 10.44.0.9:* > 10.44.100.100:80"

SERVICES = """lb# ipvsadm -Ln
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.44.100.100:80 rr
  -> 10.44.0.31:8080              Masq    1      0          4
lb# ipvsadm -Lnc
IPVS connection entries
pro expire state       source             virtual            destination
TCP 00:57  SYN_RECV    10.44.0.9:51900    10.44.100.100:80   10.44.0.31:8080
"""
ONE_RULE = """lb# iptables -t nat -S
-P PREROUTING ACCEPT
-A PREROUTING -d 10.44.100.100/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.44.0.31:8080
"""
OWN = """lb# ip -br a
eth0 UP 10.44.0.2/24 10.44.100.100/32
"""
ANSWERED_DIRECTLY = """pc# tcpdump -nni eth0 tcp
listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
17:17:00.000100 IP 10.44.0.9.51900 > 10.44.100.100.80: Flags [S], seq 9100, win 64240, options [mss 1460], length 0
17:17:00.000900 IP 10.44.0.31.8080 > 10.44.0.9.51900: Flags [S.], seq 300, ack 9101, win 65160, options [mss 1460], length 0
17:17:00.000930 IP 10.44.0.9.51900 > 10.44.0.31.8080: Flags [R], seq 9101, win 0, length 0
"""


def _told(place: Path, translated_by: str) -> PastedCase:
    return diagnose_texts(FLOW, {"lb": translated_by + OWN, "pc": ANSWERED_DIRECTLY}, place)


def test_its_server_answers_the_client_directly(tmp_path: Path) -> None:
    told = _told(tmp_path, SERVICES)
    assert (told.cause, told.guilty) == (Cause.LB_PARTIAL_NAT_RETURN, "lb"), told
    assert told.direction is Direction.REVERSE


def test_a_translation_of_one_target_balances_nothing(tmp_path: Path) -> None:
    told = _told(tmp_path, ONE_RULE)
    assert (told.cause, told.guilty) == (Cause.NAT_RETURN_BYPASS, "lb"), told
