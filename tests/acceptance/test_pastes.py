"""Invented pastes, truth first: each verdict is as its truth says, or less sure, and never
something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import HEALTHY, Cause, Direction, Outcome

FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"
Check = Callable[[PastedCase], bool]

CLIENT_SS = """ops@client:~$ ss -tan
State      Recv-Q Send-Q Local Address:Port   Peer Address:Port Process
LISTEN     0      128          0.0.0.0:22          0.0.0.0:*
SYN-SENT   0      1         192.0.2.20:43122  203.0.113.10:443
"""
SERVER_NETSTAT = """server$ netstat -tan
Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State
tcp        0      0 0.0.0.0:443             0.0.0.0:*               LISTEN
tcp        0      0 203.0.113.10:443        192.0.2.20:43122        SYN_RECV
"""


MARKED = """root@node:~# nft monitor trace
trace id 6c1f0a2e ip mangle PREROUTING packet: iif "veth1" ip saddr 10.1.2.55 ip daddr 10.9.0.10 ip ttl 64 tcp sport 40112 tcp dport 53 tcp flags == syn
trace id 6c1f0a2e ip mangle PREROUTING policy accept meta mark 0x00000080
trace id 6c1f0a2e ip filter FORWARD packet: iif "veth1" oif "eth0" ip saddr 10.1.2.55 ip daddr 10.9.0.10 ip ttl 63 tcp sport 40112 tcp dport 53 tcp flags == syn
root@node:~# ip rule
0:	from all lookup local
1024:	from all fwmark 0x80/0x80 lookup main
1536:	from 10.1.2.55 lookup 2
32766:	from all lookup main
32767:	from all lookup default
root@node:~# ip route show table 2
default via 10.1.0.1 dev eth1
root@node:~# ip route
default via 10.0.0.1 dev eth0
10.1.2.55 dev veth1 scope link
root@node:~# ip addr
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 state UP
    inet 10.0.1.10/19 scope global eth0
3: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 state UP
    inet 10.1.2.10/19 scope global eth1
root@node:~# conntrack -L
"""
UNANSWERED = (
    "tcp 6 118 SYN_SENT src=10.1.2.55 dst=10.9.0.10 sport=40112 dport=53 [UNREPLIED] "
    "src=10.9.0.10 dst=10.1.2.55 sport=53 dport=40112 mark=128 use=1\n"
)
ANSWERED = (
    UNANSWERED.replace("SYN_SENT", "ESTABLISHED")
    .replace("[UNREPLIED] ", "")
    .replace("mark", "[ASSURED] mark")
)
TRACED = """root@node8:~# grep TRACE /var/log/kern.log
Mar  9 02:07:11 node8 kernel: TRACE: raw:PREROUTING:policy:2 IN=eth1 OUT= SRC=198.51.100.11 DST=203.0.113.81 LEN=60 TTL=62 ID=1 DF PROTO=TCP SPT=56878 DPT=80 SEQ=1 ACK=0 WINDOW=29200 RES=0x00 SYN URGP=0
Mar  9 02:07:11 node8 kernel: TRACE: nat:DOCKER:rule:2 IN=eth1 OUT= SRC=198.51.100.11 DST=203.0.113.81 LEN=60 TTL=62 ID=1 DF PROTO=TCP SPT=56878 DPT=80 SEQ=1 ACK=0 WINDOW=29200 RES=0x00 SYN URGP=0
"""
TRACED_ON = (
    TRACED + "Mar  9 02:07:11 node8 kernel: TRACE: filter:FORWARD:policy:1 IN=eth1 OUT=docker0"
    " SRC=198.51.100.11 DST=10.2.0.5 LEN=60 TTL=61 ID=1 DF PROTO=TCP SPT=56878 DPT=8080 SEQ=1"
    " ACK=0 WINDOW=29200 RES=0x00 SYN URGP=0\n"
)
STRICT = """root@node8:~# ip rule
0:	from all lookup local
100:	from 203.0.113.81 lookup 100
32766:	from all lookup main
root@node8:~# ip route show table 100
default via 203.0.113.94 dev eth1
root@node8:~# ip route
default via 192.0.2.254 dev eth0
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.8
root@node8:~# sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.eth1.rp_filter
net.ipv4.conf.all.rp_filter = 0
net.ipv4.conf.eth1.rp_filter = 1
root@node8:~# ip addr
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
    inet 192.0.2.8/24 scope global eth0
3: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
    inet 203.0.113.81/28 scope global eth1
"""
SYN = (
    "11:00:0{}.000001 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 1000, win 64240,"
    " length 0\n"
)
CAPTURED = (
    "client$ tcpdump -ni eth0\n"
    + SYN.format(1)
    + "11:00:01.010001 IP 198.51.100.1 > 192.0.2.20: ICMP {}, length 68\n"
)
FILTERED = "host 203.0.113.10 unreachable - admin prohibited filter"
TRACERT = """C:\\Users\\me>tracert -d 203.0.113.10

Tracing route to 203.0.113.10 over a maximum of 30 hops

  1    <1 ms    <1 ms    <1 ms  192.0.2.1
  2     4 ms     3 ms     4 ms  198.51.100.1
  3  198.51.100.1  reports: Destination host unreachable.

Trace complete.
"""
TRACEROUTE = """client$ traceroute -n 203.0.113.10
traceroute to 203.0.113.10 (203.0.113.10), 30 hops max, 60 byte packets
 1  192.0.2.1  0.512 ms  0.498 ms  0.471 ms
 2  198.51.100.1  2.012 ms !{0}  2.098 ms !{0}  2.071 ms !{0}
"""
CIRCLE = """client$ traceroute -n 203.0.113.10
traceroute to 203.0.113.10 (203.0.113.10), 30 hops max, 60 byte packets
 1  192.0.2.1  0.5 ms  0.4 ms  0.4 ms
 2  198.51.100.1  2.0 ms  2.0 ms  2.0 ms
 3  198.51.100.9  2.0 ms  2.0 ms  2.0 ms
 4  198.51.100.1  2.0 ms  2.0 ms  2.0 ms
 5  198.51.100.9  2.0 ms  2.0 ms  2.0 ms
 6  198.51.100.1  2.0 ms  2.0 ms  2.0 ms
"""
TWICE = (
    CIRCLE[: CIRCLE.index(" 4 ")]
    + " 4  198.51.100.9  2.0 ms  2.0 ms  2.0 ms\n 5  203.0.113.10  3.0 ms  3.0 ms  3.0 ms\n"
)
AGED = """client$ ping -c 3 203.0.113.10
PING 203.0.113.10 (203.0.113.10) 56(84) bytes of data.
From 198.51.100.1 icmp_seq=1 Time to live exceeded
From 198.51.100.1 icmp_seq=2 Time to live exceeded

--- 203.0.113.10 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 1001ms
"""
HOST = """client$ ip route
default via 192.0.2.1 dev eth0
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.20
client$ ip addr
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
    inet 192.0.2.20/24 scope global eth0
"""
SILENT = "client$ tcpdump -ni eth0\n" + SYN.format(1) + SYN.format(2) + SYN.format(4)
PINGED = """client$ ping -c 2 203.0.113.10
PING 203.0.113.10 (203.0.113.10) 56(84) bytes of data.
64 bytes from 203.0.113.10: icmp_seq=1 ttl=60 time=12.1 ms
64 bytes from 203.0.113.10: icmp_seq=2 ttl=60 time=12.0 ms
"""


def turn(second: int, port: int, *, refused: bool) -> str:
    """One connection at the client: question and answer, or a refusal."""
    out, back = f"192.0.2.20.{port} > 203.0.113.10.443", f"203.0.113.10.443 > 192.0.2.20.{port}"
    lines = [f"{out}: Flags [S], seq {port}00, win 64240, length 0"]
    if refused:
        lines.append(f"{back}: Flags [R.], seq 0, ack {port}01, win 0, length 0")
    else:
        lines += [
            f"{back}: Flags [S.], seq 9{port}, ack {port}01, win 64240, length 0",
            f"{out}: Flags [P.], seq 1:101, ack 1, win 64240, length 100",
            f"{back}: Flags [P.], seq 1:201, ack 101, win 64240, length 200",
            f"{out}: Flags [.], ack 201, win 64240, length 0",
        ]
    return "".join(f"11:00:{second:02d}.0{at}0001 IP {line}\n" for at, line in enumerate(lines))


TURNS = "client$ tcpdump -ni eth0\n" + "".join(
    turn(at, 50000 + at, refused=at == 2) for at in range(1, 6)
)
CURL = """client$ curl -sv -m 5 https://203.0.113.10/
*   Trying 203.0.113.10:443...
* connect to 203.0.113.10 port 443 failed: {0}
* Failed to connect to 203.0.113.10 port 443 after 3 ms: {0}
* Closing connection 0
"""
NC = """client$ nc -vz 203.0.113.10 {}
Connection to 203.0.113.10 {} port [tcp/*] succeeded!
"""
WINDOWS = """C:\\Users\\Administrator>netstat -ano

Active Connections

  Proto  Local Address          Foreign Address        State           PID
  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       988
  TCP    127.0.0.1:443          0.0.0.0:0              LISTENING       4012
  TCP    203.0.113.10:3389      203.0.113.77:50112     ESTABLISHED     1204

C:\\Users\\Administrator>ipconfig

Windows IP Configuration

Ethernet adapter Ethernet0:

   IPv4 Address. . . . . . . . . . . : 203.0.113.10
   Subnet Mask . . . . . . . . . . . : 255.255.255.0
"""
POD, WEB = "tcp 10.1.2.55:40112 > 10.9.0.10:53", "tcp 198.51.100.11:56878 > 203.0.113.81:80"


def blames(cause: Cause, device: str, direction: Direction) -> Check:
    return lambda case: (case.cause, case.guilty, case.direction) == (cause, device, direction)


def reported(cause: Cause, device: str) -> Check:
    """By a message of the network alone: named, and never sure."""
    return lambda case: blames(cause, device, Direction.FORWARD)(case) and 0.3 <= case.sure <= 0.75


def never(cause: Cause) -> Check:
    return lambda case: case.cause is not cause


def says(
    *words: str, direction: Direction | None = None, outcome: Outcome = Outcome.INCONCLUSIVE
) -> Check:
    def holds(case: PastedCase) -> bool:
        return (
            case.verdict.outcome is outcome
            and case.direction is direction
            and all(word in case.words for word in words)
        )

    return holds


PASTES: dict[str, tuple[str, dict[str, str], Check]] = {
    "the server's socket has answered": (
        FLOW,
        {"client": CLIENT_SS, "server": SERVER_NETSTAT},
        says("client waits for an answer (SYN-SENT)", direction=Direction.REVERSE),
    ),
    "a mark goes before the rule for the source": (
        POD,
        {"node": MARKED + UNANSWERED},
        blames(Cause.PBR_WRONG_RETURN_GATEWAY, "node", Direction.FORWARD),
    ),
    "a mark goes before it, and the answer comes": (
        POD,
        {"node": MARKED + ANSWERED},
        never(Cause.PBR_WRONG_RETURN_GATEWAY),
    ),
    "a strict check after the target was translated": (
        WEB,
        {"node8": TRACED + STRICT},
        blames(Cause.RP_FILTER_STRICT, "node8", Direction.FORWARD),
    ),
    "the same, and the packet goes on": (
        WEB,
        {"node8": TRACED_ON + STRICT},
        never(Cause.RP_FILTER_STRICT),
    ),
    "a router refuses, its message is not quoted": (
        FLOW,
        {"client": CAPTURED.format(FILTERED)},
        reported(Cause.TRANSIT_POLICY_DENY, "198.51.100.1"),
    ),
    "the server refuses, its message is not quoted": (
        FLOW,
        {"client": CAPTURED.replace("IP 198.51.100.1 >", "IP 203.0.113.10 >").format(FILTERED)},
        reported(Cause.SERVER_POLICY_DENY, "203.0.113.10"),
    ),
    "a message about another host": (
        FLOW,
        {"client": CAPTURED.format(FILTERED.replace("203.0.113.10", "203.0.113.99"))},
        never(Cause.TRANSIT_POLICY_DENY),
    ),
    "a router has no route": (
        FLOW,
        {"client": CAPTURED.format("net 203.0.113.10 unreachable")},
        reported(Cause.NO_FORWARD_ROUTE, "198.51.100.1"),
    ),
    "tracert: host unreachable": (
        FLOW,
        {"client": TRACERT},
        reported(Cause.HOST_DOWN, "203.0.113.10"),
    ),
    "traceroute: !H": (
        FLOW,
        {"client": TRACEROUTE.format("H")},
        reported(Cause.HOST_DOWN, "203.0.113.10"),
    ),
    "traceroute: !X": (
        FLOW,
        {"client": TRACEROUTE.format("X")},
        reported(Cause.TRANSIT_POLICY_DENY, "198.51.100.1"),
    ),
    "traceroute: !N": (
        FLOW,
        {"client": TRACEROUTE.format("N")},
        reported(Cause.NO_FORWARD_ROUTE, "198.51.100.1"),
    ),
    "traceroute: !X of the server concerns its probes": (
        FLOW,
        {"client": TRACEROUTE.format("X").replace(" 2  198.51.100.1", " 2  203.0.113.10")},
        lambda case: case.verdict.outcome is Outcome.INCONCLUSIVE,
    ),
    "traceroute goes in a circle": (
        FLOW,
        {"client": CIRCLE},
        reported(Cause.ROUTING_LOOP, "198.51.100.9"),
    ),
    "a router that answers twice is no circle": (
        FLOW,
        {"client": TWICE},
        never(Cause.ROUTING_LOOP),
    ),
    "pings expire": (FLOW, {"client": AGED}, reported(Cause.ROUTING_LOOP, "198.51.100.1")),
    "silence beyond the gateway, and pings are answered": (
        FLOW,
        {"client": PINGED + SILENT + HOST},
        lambda case: (
            (case.guilty, case.direction) == (None, Direction.FORWARD)
            and "cannot be known" in case.words
        ),
    ),
    "one of several turns is refused": (
        FLOW.replace(":43122", ""),
        {"client": TURNS + HOST},
        lambda case: (
            reported(Cause.SERVICE_NOT_LISTENING, "203.0.113.10")(case)
            and "1 of 5 attempts" in case.words
        ),
    ),
    "curl: refused": (
        FLOW,
        {"client": CURL.format("Connection refused")},
        reported(Cause.SERVICE_NOT_LISTENING, "203.0.113.10"),
    ),
    "curl: silence": (
        FLOW,
        {"client": CURL.format("Connection timed out")},
        lambda case: case.cause is Cause.UNKNOWN_BEYOND_VISIBILITY and case.read("connect") != [],
    ),
    "nc: it works": (
        FLOW,
        {"client": NC.format(443, 443)},
        lambda case: case.cause in HEALTHY and case.sure <= 0.75,
    ),
    "nc to another port tells nothing": (
        FLOW,
        {"client": NC.format(22, 22)},
        lambda case: case.verdict.outcome is Outcome.INCONCLUSIVE,
    ),
    "a service on loopback only, on Windows": (
        FLOW,
        {"srv": WINDOWS},
        reported(Cause.SERVICE_NOT_LISTENING, "srv"),
    ),
    "a service on all addresses, on Windows": (
        FLOW,
        {"srv": WINDOWS.replace("127.0.0.1:443", "0.0.0.0:443  ")},
        never(Cause.SERVICE_NOT_LISTENING),
    ),
    "the same with a loose check": (
        WEB,
        {"node8": TRACED + STRICT.replace("eth1.rp_filter = 1", "eth1.rp_filter = 2")},
        never(Cause.RP_FILTER_STRICT),
    ),
    "the same where only one of the two values was pasted": (
        WEB,
        {"node8": TRACED + STRICT.replace("net.ipv4.conf.all.rp_filter = 0\n", "")},
        lambda case: case.cause is Cause.RP_FILTER_STRICT and case.sure < 0.5,
    ),
}


@pytest.mark.parametrize("case", PASTES)
def test_a_paste_comes_out_as_its_truth_says(case: str, tmp_path: Path) -> None:
    flow, pasted, holds = PASTES[case]
    found = diagnose_texts(flow, pasted, tmp_path)
    assert holds(found), str(found)
