"""Pastes whose parts are of several times: logs of other days, captures that did not run
together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from tests.acceptance.test_pastes import Check, blames, says
from workbench.analysis.case.verdict import Cause, Direction

LOGGED = """[root@fw ~]# grep 10.9.0.5 /var/log/messages
{0}:07 fw kernel: FW-DROP: IN=eth1 OUT=eth2 MAC=52:54:00:aa:00:01:52:54:00:aa:00:02:08:00 SRC=10.9.0.5 DST=10.8.0.5 LEN=60 TTL=62 ID=4501 DF PROTO=TCP SPT=40000 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0
{0}:08 fw kernel: FW-DROP: IN=eth1 OUT=eth2 MAC=52:54:00:aa:00:01:52:54:00:aa:00:02:08:00 SRC=10.9.0.5 DST=10.8.0.5 LEN=60 TTL=62 ID=4502 DF PROTO=TCP SPT=40000 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0
[root@fw ~]# ip -4 -br a
eth1             UP             10.9.0.1/24
eth2             UP             10.8.0.1/24
[root@fw ~]# ip r
10.9.0.0/24 dev eth1 proto kernel scope link src 10.9.0.1
10.8.0.0/24 dev eth2 proto kernel scope link src 10.8.0.1
"""
TODAY = "[root@fw ~]# date\nMon Nov 30 02:15:01 UTC 2026\n"
RULED = """[root@fw ~]# iptables -S FORWARD
-P FORWARD DROP
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -s 10.9.0.0/24 -d 10.8.0.0/24 -p tcp -m tcp --dport {} -j ACCEPT
-A FORWARD -j LOG --log-prefix "FW-DROP: "
"""
LOG_FLOW = "tcp 10.9.0.5:40000 > 10.8.0.5:443"


APP = """root@app:~# tcpdump -tttt -nni eth0 host 10.2.2.20
2026-11-30 02:13:07.120011 IP 10.1.1.10.33120 > 10.2.2.20.443: Flags [S], seq 7120011, win 64240, options [mss 1460], length 0
2026-11-30 02:13:08.131207 IP 10.1.1.10.33120 > 10.2.2.20.443: Flags [S], seq 7120011, win 64240, options [mss 1460], length 0
2026-11-30 02:13:10.147009 IP 10.1.1.10.33120 > 10.2.2.20.443: Flags [S], seq 7120011, win 64240, options [mss 1460], length 0
root@app:~# ip -br a
eth0             UP             10.1.1.10/24
root@app:~# ip route
default via 10.1.1.1 dev eth0
10.1.1.0/24 dev eth0 proto kernel scope link src 10.1.1.10
"""
DB = """root@db2:~# tcpdump -tttt -nni eth0 port 443
2026-11-30 02:{0}:01.000101 IP 10.5.5.5.40101 > 10.2.2.20.443: Flags [S], seq 1, win 64240, options [mss 1460], length 0
2026-11-30 02:{0}:01.000141 IP 10.2.2.20.443 > 10.5.5.5.40101: Flags [S.], seq 7, ack 2, win 65160, options [mss 1460], length 0
2026-11-30 02:{0}:31.000801 IP 10.5.5.5.40101 > 10.2.2.20.443: Flags [.], ack 1, win 64240, length 0
root@db2:~# ip -br a
eth0             UP             10.2.2.20/24
root@db2:~# ip route
default via 10.2.2.1 dev eth0
10.2.2.0/24 dev eth0 proto kernel scope link src 10.2.2.20
root@db2:~# ss -ltn
State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      511          0.0.0.0:443       0.0.0.0:*
"""
R1 = """root@r1:~# ip -br a
eth0             UP             10.1.1.1/24
eth1             UP             10.2.2.1/24
root@r1:~# ip route
10.1.1.0/24 dev eth0 proto kernel scope link src 10.1.1.1
10.2.2.0/24 dev eth1 proto kernel scope link src 10.2.2.1
root@r1:~# tcpdump -tttt -nni any port 443
2026-11-30 02:13:07.120111 eth0  In  IP 10.1.1.10.33120 > 10.2.2.20.443: Flags [S], seq 7120011, win 64240, options [mss 1460], length 0
2026-11-30 02:13:07.120131 eth1  Out IP 10.1.1.10.33120 > 10.2.2.20.443: Flags [S], seq 7120011, win 64240, options [mss 1460], length 0
2026-11-30 02:13:08.131307 eth0  In  IP 10.1.1.10.33120 > 10.2.2.20.443: Flags [S], seq 7120011, win 64240, options [mss 1460], length 0
2026-11-30 02:13:08.131327 eth1  Out IP 10.1.1.10.33120 > 10.2.2.20.443: Flags [S], seq 7120011, win 64240, options [mss 1460], length 0
"""
DB_FLOW = "tcp 10.1.1.10:33120 > 10.2.2.20:443"
UFW = """root@gw-south:~# ip -br a
ens18            UP             10.31.7.3/24
ens19            UP             10.66.2.3/24
Nov 30 02:13:18 gw-south kernel: [8812733.120931] [UFW BLOCK] IN=ens19 OUT=ens18 MAC=bc:24:11:0a:44:12:bc:24:11:9e:01:77:08:00 SRC=10.66.2.14 DST=10.31.7.90 LEN=60 TTL=63 ID=0 DF PROTO=TCP SPT=9200 DPT=55310 WINDOW=65160 RES=0x00 ACK SYN URGP=0
root@gw-south:~# conntrack -L -s 10.31.7.90
conntrack v1.4.6 (conntrack-tools): 0 flow entries have been shown.
"""


def never_got(expected: bool) -> Check:
    """Does it say that packets which left for db2 did not come there?"""

    def holds(case: PastedCase) -> bool:
        named = any(
            word in case.words
            for word in ("never reached db2", "never gets it", "never comes to db2")
        )
        return named is expected and case.sure <= 0.75

    return holds


def denied(low: float, high: float) -> Check:
    return lambda case: (
        blames(Cause.TRANSIT_POLICY_DENY, "fw", Direction.FORWARD)(case)
        and low <= case.sure <= high
    )


PASTES: dict[str, tuple[str, dict[str, str], Check]] = {
    "a log line of two minutes ago": (
        LOG_FLOW,
        {"fw": LOGGED.format("Nov 30 02:13") + TODAY},
        denied(0.8, 1),
    ),
    "a log line of nobody knows when": (
        LOG_FLOW,
        {"fw": LOGGED.format("Nov 30 02:13")},
        denied(0.3, 0.75),
    ),
    "a log line of two months ago": (
        LOG_FLOW,
        {"fw": LOGGED.format("Sep 28 02:13") + TODAY},
        says("63 days before it was pasted: too old to be about this failure"),
    ),
    "a log line that the rules in force speak against": (
        LOG_FLOW,
        {"fw": LOGGED.format("Nov 29 14:02") + RULED.format(443)},
        says("but the rules that it shows let a packet like this pass"),
    ),
    "a log line that the policy in force explains": (
        LOG_FLOW,
        {"fw": LOGGED.format("Nov 30 02:13") + TODAY + RULED.format(80)},
        lambda case: (
            denied(0.8, 1)(case)
            and "what refuses them is policy drop of chain FORWARD" in case.words
        ),
    ),
    "captures that did not run at the same time": (
        DB_FLOW,
        {"app": APP, "db2": DB.format(20)},
        never_got(False),
    ),
    "the same with the router between them": (
        DB_FLOW,
        {"app": APP, "r1": R1, "db2": DB.format(20)},
        lambda case: never_got(False)(case) and case.cause is Cause.UNKNOWN_BEYOND_VISIBILITY,
    ),
    "captures that ran at the same time": (
        DB_FLOW,
        {"app": APP, "r1": R1, "db2": DB.format(13)},
        never_got(True),
    ),
    "an answer that a device without its session refuses": (
        "tcp 10.31.7.90:55310 > 10.66.2.14:9200",
        {"gw-south": UFW},
        lambda case: (
            blames(Cause.ASYM_STATEFUL_HALF_PATH, "gw-south", Direction.REVERSE)(case)
            and case.sure <= 0.75
        ),
    ),
    "an answer that a device refuses, with nothing of its sessions": (
        "tcp 10.31.7.90:55310 > 10.66.2.14:9200",
        {"gw-south": UFW.partition("root@gw-south:~# conntrack")[0]},
        lambda case: case.guilty == "gw-south" and case.sure <= 0.75,
    ),
}


@pytest.mark.parametrize("case", PASTES)
def test_a_paste_of_several_times_comes_out_as_its_truth_says(case: str, tmp_path: Path) -> None:
    flow, pasted, holds = PASTES[case]
    found = diagnose_texts(flow, pasted, tmp_path)
    assert holds(found), str(found)
