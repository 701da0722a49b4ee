"""What one device alone shows of the flow, one way or without captures: used as that, and nobody is
accused by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import HEALTHY, Cause, Direction, Outcome

FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"
ANY_PORT = "tcp 192.0.2.20 > 203.0.113.10:443"
Check = Callable[[PastedCase], bool]

# --- who asks whether somebody answers, and leaves ---

CHECK = """11:00:{0:02}.100411 IP 192.0.2.20.{1} > 203.0.113.10.443: Flags [S], seq 1000, win 64240, length 0
11:00:{0:02}.100450 IP 203.0.113.10.443 > 192.0.2.20.{1}: Flags [S.], seq 5000, ack 1001, win 65160, length 0
11:00:{0:02}.100702 IP 192.0.2.20.{1} > 203.0.113.10.443: Flags [R], seq 1001, win 0, length 0
"""
AT_SERVER = "srv$ tcpdump -nni eth0 host 192.0.2.20\n"
CHECKS = AT_SERVER + "".join(CHECK.format(at, 33000 + at) for at in (0, 5, 10))
# somebody on the way refuses the SYN-ACK in the client's name: the client asks again from the same
# port
REFUSED_FOR_IT = AT_SERVER + "".join(CHECK.format(at, 43122) for at in (0, 1, 3))


def nobody_blamed(case: PastedCase) -> bool:
    return case.verdict.outcome is Outcome.INCONCLUSIVE and case.guilty is None


def a_health_check(case: PastedCase) -> bool:
    return (
        case.cause in HEALTHY
        and case.sure <= 0.5
        and "a health check" in case.words
        and "lost" not in case.words
    )


def fails(case: PastedCase) -> bool:
    return case.verdict.outcome is not Outcome.HEALTHY and case.cause not in HEALTHY


# --- one direction ---

SYN_ACK = (
    "11:00:{:02}.000411 IP 203.0.113.10.443 > 192.0.2.20.43122: Flags [S.], seq 5000, ack 1001, win"
    " 65160, length 0\n"
)
BACK_ONLY = "srv$ tcpdump -nni eth0 'src host 203.0.113.10 and port 43122'\n"
REPEATED = "".join(SYN_ACK.format(at) for at in (0, 1, 3, 7))
ROUTE = (
    "srv$ ip r get 192.0.2.20\n192.0.2.20 via 203.0.113.1 dev eth0 src 203.0.113.10 uid 0\n   "
    " cache\n"
)
ANSWERS = (
    SYN_ACK.format(0)
    + "11:00:00.010411 IP 203.0.113.10.443 > 192.0.2.20.43122: Flags [P.], seq 1:100, ack 50, win"
    " 65160, length 99\n"
)
OPENINGS = "srv$ tcpdump -nni eth0 'port 443 and tcp[tcpflags] & tcp-syn != 0'\n" + "".join(
    line for at in (0, 5, 10) for line in CHECK.format(at, 33000 + at).splitlines(keepends=True)[:2]
)


def neither_end_is_blamed(case: PastedCase) -> bool:
    return (
        fails(case)
        and nobody_blamed(case)
        and case.direction is None
        and "SYN-ACKs again and again" in case.words
        and "no packet of the flow was captured" not in case.words
    )


# --- a sender that is told that its packets are too big ---

TALK = """11:00:04.118233 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 2000, win 64240, options [mss 1460], length 0
11:00:04.118301 IP 203.0.113.10.443 > 192.0.2.20.43122: Flags [S.], seq 7000, ack 2001, win 65160, options [mss 1460], length 0
11:00:04.120112 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [.], ack 1, win 502, length 0
11:00:04.120498 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [P.], seq 1:518, ack 1, win 502, length 517
11:00:04.120521 IP 203.0.113.10.443 > 192.0.2.20.43122: Flags [.], ack 518, win 506, length 0
11:00:04.127718 IP 203.0.113.10.443 > 192.0.2.20.43122: Flags [.], seq 1:1449, ack 518, win 506, length 1448
"""
TOO_BIG = (
    "11:00:0{}.128034 IP 203.0.113.1 > 203.0.113.10: ICMP 192.0.2.20 unreachable - need to frag"
    " (mtu 1400), length 556\n"
)
AGAIN = (
    "11:00:0{}.127000 IP 203.0.113.10.443 > 192.0.2.20.43122: Flags [.], seq 1:1449, ack 518, win"
    " 506, length 1448\n"
)
DEAF = (
    "srv$ tcpdump -nni eth0 host 192.0.2.20 or icmp\n"
    + TALK
    + "".join(TOO_BIG.format(at) + AGAIN.format(at + 1) for at in (4, 5, 6, 7))
)
HEEDS = (
    "srv$ tcpdump -nni eth0 host 192.0.2.20 or icmp\n"
    + TALK
    + TOO_BIG.format(4)
    + """11:00:04.130000 IP 203.0.113.10.443 > 192.0.2.20.43122: Flags [.], seq 1:1349, ack 518, win 506, length 1348
11:00:04.131000 IP 203.0.113.10.443 > 192.0.2.20.43122: Flags [P.], seq 1349:1449, ack 518, win 506, length 100
11:00:04.139713 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [.], ack 1449, win 501, length 0
"""
)
INPUT = (
    "srv$ iptables -S INPUT\n-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n{}-A INPUT -m state --state"
    " RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p tcp --dport 443 -j ACCEPT\n"
)


def deaf(sender: str, *words: str) -> Check:
    return lambda case: (
        (case.cause, case.guilty, case.direction)
        == (Cause.PMTUD_BLACKHOLE, sender, Direction.REVERSE)
        and "nothing tells the sender" not in case.words
        and all(word in case.words for word in words)
    )


# --- sessions and sockets alone ---

OLD = (
    "client$ ss -tnio dst 203.0.113.10\nState Recv-Q Send-Q Local Address:Port Peer Address:Port"
    " Process\nESTAB 0 {waits} 192.0.2.20:43122 203.0.113.10:443 timer:(on,42sec,9)\n\t cubic"
    " rto:102400 backoff:9 rtt:0.702/0.2 mss:1448 lastsnd:60120 lastrcv:4271003 lastack:4271003"
    " unacked:1\nESTAB 0 0 192.0.2.20:50990 203.0.113.10:443\n\t cubic rto:201 rtt:0.55/0.1"
    " mss:1448 lastsnd:1201 lastrcv:{heard} lastack:{heard}\n"
)
WINDOW = (
    "client$ ss -tino dst 203.0.113.10\nState  Recv-Q Send-Q Local Address:Port Peer Address:Port"
    " Process\nESTAB  0 1043200 192.0.2.20:43122 203.0.113.10:443"
    " timer:(persist,6.2sec,{probes})\n\t cubic rto:204 rtt:0.611/0.05 mss:1448 lastsnd:5210"
    " lastrcv:991204 lastack:{quiet}\n"
)
WAITS = (
    "client$ ss -tn dst 203.0.113.10\nState Recv-Q Send-Q Local Address:Port Peer"
    " Address:Port\nSYN-SENT 0 1 192.0.2.20:43122 203.0.113.10:443\n"
)
QUEUE = (
    "srv$ ss -ltn\nState Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
    "LISTEN {0} 128 0.0.0.0:443 0.0.0.0:*\nsrv$ ip -br a\neth0 UP 203.0.113.10/24\n"
)
DNS = "udp 192.0.2.20:47112 > 203.0.113.53:53"
SESSION = (
    "udp      17 27 src=192.0.2.20 dst=203.0.113.53 sport=47112 dport=53 {0}src=198.51.100.9"
    " dst=192.0.2.20 sport=53 dport=47112 mark=0 use=1\n"
)
OTHER = (
    "udp      17 112 src=192.0.2.20 dst=203.0.113.53 sport=39001 dport=53 src=198.51.100.5"
    " dst=192.0.2.20 sport=53 dport=39001 [ASSURED] mark=0 use=1\n"
)
NODE = "node$ conntrack -L -p udp --orig-src 192.0.2.20\n"


ARPING = (
    "client$ sudo arping -I eth0 -c 3 192.0.2.1\nARPING 192.0.2.1 from 192.0.2.20 eth0\nUnicast"
    " reply from 192.0.2.1 [00:00:5E:00:01:33]  0.812ms\nUnicast reply from 192.0.2.1 [{}] "
    " 1.204ms\nSent 3 probes (1 broadcast(s))\nReceived 2 response(s)\nclient$ ip route get"
    " 203.0.113.10\n203.0.113.10 via 192.0.2.1 dev eth0 src 192.0.2.20 uid 0\n    cache\nclient$ ss"
    " -tno dst 203.0.113.10\nState Recv-Q Send-Q Local Address:Port Peer Address:Port"
    " Process\nSYN-SENT 0 1 192.0.2.20:43122 203.0.113.10:443 timer:(on,3.1sec,2)\n"
)


def does_not_read(case: PastedCase) -> bool:
    return (
        nobody_blamed(case)
        and case.cause in HEALTHY
        and case.sure <= 0.5
        and "does not read" in case.words
    )


def sent_to_an_old_target(case: PastedCase) -> bool:
    fixes = [fix.commands[0] for fix in case.verdict.best.hypothesis.fixes]
    return (
        (case.cause, case.guilty) == (Cause.UNKNOWN_BEYOND_VISIBILITY, "198.51.100.9")
        and case.sure <= 0.75
        and any(command.startswith("conntrack -D") for command in fixes)
    )


PASTES: dict[str, tuple[str, dict[str, str], Check]] = {
    "health checks are no failure": (ANY_PORT, {"srv": CHECKS}, a_health_check),
    "a reset in the name of a client that asks again": (FLOW, {"srv": REFUSED_FOR_IT}, fails),
    "one direction: SYN-ACKs again and again": (
        FLOW,
        {"srv": BACK_ONLY + REPEATED},
        neither_end_is_blamed,
    ),
    "one direction, and the gateway is known": (
        FLOW,
        {"srv": BACK_ONLY + REPEATED + ROUTE},
        neither_end_is_blamed,
    ),
    "it began before the capture": (
        FLOW,
        {"srv": AT_SERVER + REPEATED + ROUTE},
        neither_end_is_blamed,
    ),
    "one direction, in which nothing comes again": (
        FLOW,
        {"srv": BACK_ONLY + ANSWERS + ROUTE},
        lambda case: nobody_blamed(case) and "no packet of the flow was captured" not in case.words,
    ),
    "a sender that drops what it is told": (
        FLOW,
        {"srv": DEAF + INPUT.format("-A INPUT -p icmp -j DROP\n") + ROUTE},
        lambda case: (
            deaf("srv", "-A INPUT -p icmp -j DROP")(case)
            and any(
                "fragmentation-needed" in fix.commands[0]
                for fix in case.verdict.best.hypothesis.fixes
            )
        ),
    ),
    "a sender that is told, and its filter lets it in": (
        FLOW,
        {"srv": DEAF + INPUT.format("") + ROUTE},
        lambda case: deaf("srv")(case) and "drops" not in case.words and case.sure < 0.9,
    ),
    "only the capture: whose it is nobody knows": (
        FLOW,
        {"tap": DEAF},
        lambda case: deaf("203.0.113.10", "as seen on the way")(case) and case.sure <= 0.75,
    ),
    "a sender that heeds it": (
        FLOW,
        {"srv": HEEDS + ROUTE},
        lambda case: case.cause in HEALTHY and case.guilty is None,
    ),
    "an old session hangs, a new one lives": (
        FLOW,
        {"client": OLD.format(waits=417, heard=1200)},
        lambda case: (
            case.cause is Cause.MIDFLOW_STATE_LOSS
            and case.guilty is None
            and 0.3 <= case.sure <= 0.75
        ),
    ),
    "an old session hangs, and the other one is as quiet": (
        FLOW,
        {"client": OLD.format(waits=417, heard=4300000)},
        lambda case: case.cause is not Cause.MIDFLOW_STATE_LOSS,
    ),
    "what hangs is large": (
        FLOW,
        {"client": OLD.format(waits=28960, heard=1200)},
        lambda case: case.cause is not Cause.MIDFLOW_STATE_LOSS,
    ),
    "two machines answer one probe": (
        FLOW,
        {"client": ARPING.format("00:50:56:B3:7A:19")},
        lambda case: (
            (case.cause, case.guilty) == (Cause.DUPLICATE_GATEWAY, None)
            and 0.3 <= case.sure <= 0.75
        ),
    ),
    "one machine answers twice": (
        FLOW,
        {"client": ARPING.format("00:00:5e:00:01:33")},
        lambda case: case.cause is not Cause.DUPLICATE_GATEWAY and case.read("arp-probe") != [],
    ),
    "the other side does not read": (
        FLOW,
        {"client": WINDOW.format(probes=0, quiet=1102)},
        does_not_read,
    ),
    "nor does it answer probes of its window": (
        FLOW,
        {"client": WINDOW.format(probes=6, quiet=60102)},
        lambda case: fails(case) and "does not read" not in case.words,
    ),
    "a full queue, and a client that waits": (
        FLOW,
        {"client": WAITS, "srv": QUEUE.format(129)},
        lambda case: (
            (case.cause, case.guilty) == (Cause.SESSION_LIMIT, "srv") and 0.3 <= case.sure <= 0.79
        ),
    ),
    "room in the queue, and a client that waits": (
        FLOW,
        {"client": WAITS, "srv": QUEUE.format(0)},
        lambda case: case.cause is not Cause.SESSION_LIMIT,
    ),
    "a session goes to a target that does not answer": (
        DNS,
        {"node": NODE + SESSION.format("[UNREPLIED] ") + OTHER},
        sent_to_an_old_target,
    ),
    "and one that answers": (
        DNS,
        {"node": NODE + SESSION.format("") + OTHER},
        lambda case: case.guilty is None,
    ),
    "a filter that shows openings only": (
        ANY_PORT,
        {"srv": OPENINGS},
        lambda case: nobody_blamed(case) and case.verdict.drop is None and "lost" not in case.words,
    ),
}


@pytest.mark.parametrize("case", PASTES)
def test_a_part_is_used_as_what_it_is(case: str, tmp_path: Path) -> None:
    flow, pasted, holds = PASTES[case]
    found = diagnose_texts(flow, pasted, tmp_path)
    assert holds(found), str(found)


# --- a firewall that waits for an answer ---

WAITING = """edge:~# conntrack -L -d 203.0.113.10
tcp      6 97 SYN_SENT src=192.0.2.20 dst=203.0.113.10 sport=43122 dport=443 [UNREPLIED] src=203.0.113.10 dst=192.0.2.20 sport=443 dport=43122 mark=0 use=1
edge:~# iptables -vnL FORWARD
Chain FORWARD (policy DROP 91 packets, 5120 bytes)
 pkts bytes target     prot opt in     out     source               destination
 992K  711M ACCEPT     all  --  *      *       0.0.0.0/0            0.0.0.0/0            ctstate RELATED,ESTABLISHED
    0     0 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            ctstate INVALID
 4122  247K ACCEPT     tcp  --  eth2   eth0    192.0.2.0/24         203.0.113.0/24       multiport dports 443,5432
edge:~# ip route get 203.0.113.10 from 192.0.2.20 iif eth2
203.0.113.10 from 192.0.2.20 via 198.51.100.1 dev eth0
    cache iif eth2
"""


def test_a_firewall_that_waits_is_not_said_to_be_bypassed_by_an_answer_that_nobody_saw(
    tmp_path: Path,
) -> None:
    found = diagnose_texts(FLOW, {"edge": WAITING}, tmp_path)
    assert (found.cause, found.guilty) == (Cause.UNKNOWN_BEYOND_VISIBILITY, None)
    assert "never saw" not in found.words and "says itself that it would stop" not in found.words
