"""The target itself was pasted without its addresses: its name, its sockets or its log show who it
is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import HEALTHY, Cause, Direction, Outcome

FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"

QUEUE = """srv# ss -ltn
State      Recv-Q Send-Q Local Address:Port  Peer Address:Port
LISTEN     {0}    128          *:443             *:*
"""
OVERFLOWS = """srv# netstat -s | grep -i listen
    48211 times the listen queue of a socket overflowed
    48211 SYNs to LISTEN sockets dropped
"""
FLOOD = """srv# dmesg | tail -1
[8812331.120881] TCP: request_sock_TCP: Possible SYN flooding on port {0}. {1}.  Check SNMP counters.
"""
LOOPBACK_ONLY = """srv# ss -tln
State  Recv-Q Send-Q Local Address:Port Peer Address:Port
LISTEN 0      128        127.0.0.1:443       0.0.0.0:*
LISTEN 0      128     203.0.113.10:22        0.0.0.0:*
"""
REJECTED = """{0}# dmesg | tail -2
[812331.120331] reject wan in: IN=wan OUT={1} MAC=60:38:e0:11:22:33:00:1e:80:aa:bb:cc:08:00 SRC=192.0.2.20 DST=203.0.113.10 LEN=60 TTL=52 ID=4711 DF PROTO=TCP SPT=43122 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0
[812332.133012] reject wan in: IN=wan OUT={1} MAC=60:38:e0:11:22:33:00:1e:80:aa:bb:cc:08:00 SRC=192.0.2.20 DST=203.0.113.10 LEN=60 TTL=52 ID=4712 DF PROTO=TCP SPT=43122 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0
"""
FILTER = """srv# iptables -S
-P INPUT ACCEPT
-P FORWARD ACCEPT
-P OUTPUT ACCEPT
-A INPUT -p tcp -m tcp --dport {0} -j REJECT --reject-with tcp-reset
"""

NAMED = [
    pytest.param(
        {"www1": QUEUE.format(129) + OVERFLOWS}, Cause.SESSION_LIMIT, "www1", id="its-full-queue"
    ),
    pytest.param(
        {"www1": QUEUE.format(129) + FLOOD.format(443, "Dropping request")},
        Cause.SESSION_LIMIT,
        "www1",
        id="a-flood",
    ),
    pytest.param(
        {"www1": QUEUE.format(129) + FLOOD.format("0.0.0.0:443", "Dropping request")},
        Cause.SESSION_LIMIT,
        "www1",
        id="a-flood-of-one-address",
    ),
    pytest.param(
        {"srv": LOOPBACK_ONLY},
        Cause.SERVICE_NOT_LISTENING,
        "srv",
        id="bound-to-its-own-address-elsewhere",
    ),
    pytest.param(
        {"gate": REJECTED.format("gate", "")}, Cause.SERVER_POLICY_DENY, "gate", id="its-log"
    ),
    pytest.param(
        {"203.0.113.10": FILTER.format(443)},
        Cause.SERVER_POLICY_DENY,
        "203.0.113.10",
        id="its-name",
    ),
    pytest.param(
        {"ip-203-0-113-10": FILTER.format(443)},
        Cause.SERVER_POLICY_DENY,
        "ip-203-0-113-10",
        id="the-cloud's-name",
    ),
]
NOBODY = [
    pytest.param({"www1": QUEUE.format(0) + OVERFLOWS}, id="a-queue-with-room"),
    pytest.param(
        {"www1": QUEUE.format(0) + FLOOD.format(443, "Sending cookies")}, id="cookies-are-sent"
    ),
    pytest.param(
        {"www1": QUEUE.format(0) + FLOOD.format(8443, "Dropping request")},
        id="a-flood-of-another-port",
    ),
    pytest.param({"203.0.113.10": FILTER.format(8443)}, id="another-port-is-rejected"),
    pytest.param({"203.0.113.99": FILTER.format(443)}, id="another-machine-rejects"),
]

CLIENT = """client# ip -br a
eth0 UP 192.0.2.20/24
client# tcpdump -nni eth0 port 443
11:00:00.000411 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 5000, win 65160, length 0
11:00:01.000411 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 5000, win 65160, length 0
11:00:03.000411 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 5000, win 65160, length 0
"""
SERVER = """srv# ip -br a
eth0 UP 203.0.113.10/24
srv# tcpdump -nni eth0 port 443
11:00:00.100411 IP 192.0.2.77.50001 > 203.0.113.10.443: Flags [S], seq 6000, win 65160, length 0
11:00:04.000411 IP 192.0.2.77.50002 > 203.0.113.10.443: Flags [S], seq 7000, win 65160, length 0
"""


def diagnose(texts: dict[str, str], place: Path) -> PastedCase:
    return diagnose_texts(FLOW, texts, place)


@pytest.mark.parametrize(("texts", "cause", "guilty"), NAMED)
def test_a_target_that_shows_who_it_is_is_named(
    texts: dict[str, str], cause: Cause, guilty: str, tmp_path: Path
) -> None:
    """[client] -- ? -- [target], of which no address was pasted."""
    case = diagnose(texts, tmp_path)
    assert (case.cause, case.guilty, case.direction) == (cause, guilty, Direction.FORWARD), str(
        case
    )
    assert 0.3 <= case.sure <= 0.79
    assert case.verdict.forward_path == ("192.0.2.20", guilty)


@pytest.mark.parametrize("texts", NOBODY)
def test_what_it_does_to_others_accuses_nobody(texts: dict[str, str], tmp_path: Path) -> None:
    case = diagnose(texts, tmp_path)
    assert case.verdict.outcome is Outcome.INCONCLUSIVE, str(case)
    assert case.guilty is None and case.cause not in HEALTHY


def test_a_line_about_a_packet_that_goes_on_makes_nobody_the_target(tmp_path: Path) -> None:
    """OUT=lan: it was to be forwarded."""
    case = diagnose({"gate": REJECTED.format("gate", "lan")}, tmp_path)
    assert case.cause is not Cause.SERVER_POLICY_DENY, str(case)


def test_two_that_serve_the_port_are_not_told_apart(tmp_path: Path) -> None:
    case = diagnose({"www1": QUEUE.format(129), "www2": QUEUE.format(0)}, tmp_path)
    assert case.guilty is None, str(case)


def test_who_tries_the_target_is_not_the_target(tmp_path: Path) -> None:
    """A jump host serves the same port, and its queue is full."""
    nc = "srv# nc -vz -w 3 203.0.113.10 443\nnc: connect to 203.0.113.10 port 443 (tcp) timed out\n"
    case = diagnose({"jump": QUEUE.format(129) + nc}, tmp_path)
    assert case.guilty is None and case.cause is not Cause.SESSION_LIMIT, str(case)


def test_two_ends_without_anything_between_accuse_no_end(tmp_path: Path) -> None:
    """[client] -- ? -- [srv]: the SYN left the one and did not come to the other."""
    case = diagnose({"client": CLIENT, "srv": SERVER}, tmp_path)
    assert (
        case.cause is Cause.UNKNOWN_BEYOND_VISIBILITY and case.guilty is None and case.sure <= 0.75
    ), str(case)
