"""A server with two ways out: does its own rule send the answers where nothing comes of them?"""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.telling import diagnose_texts
from workbench.analysis.case.verdict import Cause, Direction

FLOW = "tcp 198.51.100.77:52811 > 10.51.2.10:8080"
RULES = """root@two:~# ip rule
0:	from all lookup local
200:	from 10.51.2.0/24 lookup 7
32766:	from all lookup main
32767:	from all lookup default
root@two:~# ip route show table 7
default via {way}
root@two:~# ip route
default via {main}
10.51.2.0/24 dev ens5 proto kernel scope link src 10.51.2.10
10.98.0.0/24 dev ens6 proto kernel scope link src 10.98.0.6
"""
LAN, WAN = "10.51.2.1 dev ens5", "10.98.0.1 dev ens6"
CAPTURE = """root@two:~# tcpdump -nni any tcp port 8080
tcpdump: data link type LINUX_SLL2
09:47:30.120331 ens5  In  IP 198.51.100.77.52811 > 10.51.2.10.8080: Flags [S], seq 1190021931, win 64240, options [mss 1460,sackOK,TS val 31190 ecr 0,nop,wscale 7], length 0
09:47:30.120390 {out}  Out IP 10.51.2.10.8080 > 198.51.100.77.52811: Flags [S.], seq 2210091, ack 1190021932, win 65160, options [mss 1460,sackOK,TS val 88231 ecr 31190,nop,wscale 7], length 0
09:47:31.131002 ens5  In  IP 198.51.100.77.52811 > 10.51.2.10.8080: Flags [S], seq 1190021931, win 64240, options [mss 1460,sackOK,TS val 32201 ecr 0,nop,wscale 7], length 0
09:47:31.131041 {out}  Out IP 10.51.2.10.8080 > 198.51.100.77.52811: Flags [S.], seq 2210091, ack 1190021932, win 65160, options [mss 1460,sackOK,TS val 89242 ecr 31190,nop,wscale 7], length 0
"""


def test_the_rule_takes_the_answer_away_from_the_way_of_the_request(tmp_path: Path) -> None:
    case = diagnose_texts(
        FLOW, {"two": RULES.format(way=WAN, main=LAN) + CAPTURE.format(out="ens6")}, tmp_path
    )
    assert (case.cause, case.guilty, case.direction) == (
        Cause.PBR_WRONG_RETURN_GATEWAY,
        "two",
        Direction.REVERSE,
    ), str(case)
    assert case.sure <= 0.75


def test_the_rule_sends_the_answer_where_the_request_came_in(tmp_path: Path) -> None:
    case = diagnose_texts(
        FLOW, {"two": RULES.format(way=LAN, main=WAN) + CAPTURE.format(out="ens5")}, tmp_path
    )
    assert case.cause is Cause.UNKNOWN_BEYOND_VISIBILITY and case.direction is Direction.REVERSE, (
        str(case)
    )
