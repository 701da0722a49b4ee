"""Captures, logs and tools as people paste them: from one place, one direction, one device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import HEALTHY, Cause, Direction, Outcome

Check = Callable[[PastedCase], bool]
FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:8080"
PINGS = "icmp 192.0.2.20 > 203.0.113.10"
OUT, BACK = "IP 192.0.2.20.43122 > 203.0.113.10.8080:", "IP 203.0.113.10.8080 > 192.0.2.20.43122:"

# --- only what the client sends is shown ---

ASKED = (
    "srv$ tcpdump -ni eth0 src host 192.0.2.20 and dst port 8080\n"
    f"09:40:00.200000 {OUT} Flags [S], seq 5000, win 64240, length 0\n"
    f"09:40:00.201200 {OUT} Flags [.], ack 8001, win 501, length 0\n"
    f"09:40:00.201500 {OUT} Flags [P.], seq 0:302, ack 1, win 501, length 302\n"
)
FED = ASKED + f"09:40:00.233000 {OUT} Flags [.], ack 1449, win 501, length 0\n"


def open_end(case: PastedCase) -> bool:
    silent = "no point saw an answer" not in case.words
    return case.verdict.outcome is Outcome.INCONCLUSIVE and case.cause not in HEALTHY and silent


# --- keep-alives ---

PROBES = "".join(f"22:4{minute}:10.550200 {OUT} Flags [.], ack {ack}, win 501, length 0\n" for minute, ack in
                 ((1, 552), (2, 1), (3, 1), (4, 1)))  # fmt: skip
IDLE = "app$ tcpdump -n -i bond0 host 203.0.113.10\n" + PROBES
RESET = f"22:45:10.550200 {OUT} Flags [R.], seq 1, ack 1, win 501, length 0\n"
ANSWERED = IDLE.replace(
    "ack 1, win 501, length 0\n",
    f"ack 1, win 501, length 0\n22:46:10.550900 {BACK} Flags [.], ack 1, win 9, length 0\n",
)
NEW = (
    "app$ nc -vz 203.0.113.10 8080\nConnection to 203.0.113.10 8080 port [tcp/http-alt]"
    " succeeded!\n"
)
STANDS = (
    "srv$ ss -tn\nState Recv-Q Send-Q Local Address:Port Peer Address:Port\nESTAB 0 0"
    " 203.0.113.10:8080 192.0.2.20:43122\n"
)

# --- logs alone ---

PF = (
    "pf# tcpdump -n -e -ttt -i pflog0\n 00:00:00.000000 rule 9/0(match): {0} in on ix1:"
    " 192.0.2.20.43122 > 203.0.113.10.8080: Flags [S], seq 1, win 65535, length 0\n"
)
WINDOWS = (
    "PS C:\\> Get-Content .\\pfirewall.log -Tail 3\n2026-11-30 14:01:22 {0} TCP 192.0.2.20"
    " 203.0.113.10 43122 8080 52 S 32145 0 64240 - - - RECEIVE 4\nPS C:\\> Get-Date\n{1}\n"
)
TODAY, LATER = "Monday, November 30, 2026 2:03:10 PM", "Wednesday, December 2, 2026 9:03:10 AM"


def refused_by(cause: Cause, name: str, least: float = 0.5) -> Check:
    where = (cause, name, Direction.FORWARD)
    return lambda case: (case.cause, case.guilty, case.direction) == where and case.sure >= least


def unsure(case: PastedCase) -> bool:
    return case.verdict.outcome is Outcome.INCONCLUSIVE and case.guilty is None


# --- pings ---

LOST = (
    "mon$ ping -c 3 203.0.113.10\nPING 203.0.113.10 (203.0.113.10) 56(84) bytes of data.\n\n---"
    " 203.0.113.10 ping statistics ---\n3 packets transmitted, {0} received, {1}% packet loss, time"
    " 2041ms\n"
)
ECHOES = "far# tcpdump -lni eth0 icmp\n" + "".join(
    f"15:02:1{n}.118811 IP {way}, id 4410, seq {n}, length 64\n"
    for n in (1, 2, 3)
    for way in (
        "192.0.2.20 > 203.0.113.10: ICMP echo request",
        "203.0.113.10 > 192.0.2.20: ICMP echo reply",
    )
)

# --- both ends, and what is large never comes ---

MADE = (
    f"10:44:03.20{{0}} {OUT} Flags [S], seq 100, win 64240, options [mss 1460], length"
    f" 0\n10:44:03.20{{1}} {BACK} Flags [S.], seq 900, ack 101, win 65160, options [mss 1460],"
    f" length 0\n10:44:03.20{{2}} {OUT} Flags [.], ack 1, win 501, length 0\n10:44:03.20{{3}} {OUT}"
    f" Flags [P.], seq 1:303, ack 1, win 501, length 302\n10:44:03.20{{4}} {BACK} Flags [.], ack"
    " 303, win 501, length 0\n"
)
LARGE = "{0} " + BACK + " Flags [.], seq 1:1449, ack 303, win 501, length 1448\n"
SMALL = "{0} " + BACK + " Flags [P.], seq 1449:2060, ack 303, win 501, length 611\n"
HOLE = (
    "{0} " + OUT + " Flags [.], ack 1, win 501, options [nop,nop,sack 1 {{1449:2060}}], length 0\n"
)
AT_CLIENT = (
    "pc$ tcpdump -ni eth0 port 8080\n"
    + MADE.format(1000, 2000, 2100, 2200, 5000)
    + SMALL.format("10:44:03.206000")
    + HOLE.format("10:44:03.206100")
)
AT_SERVER = (
    "web$ tcpdump -ni eth0 port 8080\n"
    + MADE.format(1500, 1600, 2600, 2700, 4500)
    + LARGE.format("10:44:03.205100")
    + SMALL.format("10:44:03.205200")
    + HOLE.format("10:44:03.206700")
    + "".join(
        LARGE.format(at)
        for at in ("10:44:03.430000", "10:44:03.870000", "10:44:04.750000", "10:44:06.500000")
    )
)
FILLED = AT_SERVER + f"10:44:06.501000 {OUT} Flags [.], ack 2060, win 501, length 0\n"

# --- a service of several addresses ---

NTP = "udp 192.0.2.20:45123 > 203.0.113.10:123"
CLOCK = (
    "clk$ ip -o -4 a\n2: eth0    inet 203.0.113.9/24 brd 203.0.113.255 scope global eth0\n"
    "2: eth0    inet 203.0.113.10/24 brd 203.0.113.255 scope global secondary eth0\n"
    "clk$ tcpdump -ni eth0 port 123\n"
    "14:22:07.410223 IP 192.0.2.20.45123 > 203.0.113.10.123: NTPv4, Client, length 48\n"
    "14:22:07.410604 IP 203.0.113.{0}.123 > 192.0.2.20.45123: NTPv4, Server, length 48\n"
)

PASTES: dict[str, tuple[str, dict[str, str], Check]] = {
    "a client that acknowledges more and more": (FLOW, {"srv": FED}, lambda case: case.cause in HEALTHY and case.sure <= 0.5),
    "a client of which no more is known": (FLOW, {"srv": ASKED}, open_end),
    "an idle connection that no device answers": (
        FLOW,
        {"app": IDLE + RESET + NEW, "srv": STANDS},
        lambda case: (case.cause, case.guilty) == (Cause.MIDFLOW_STATE_LOSS, None) and 0.3 <= case.sure <= 0.75,
    ),
    "the server's side of it was not pasted": (FLOW, {"app": IDLE + RESET + NEW}, unsure),
    "an idle connection that is answered": (FLOW, {"app": ANSWERED}, lambda case: case.cause in HEALTHY),
    "pf's log alone": (FLOW, {"pf": PF.format("block")}, refused_by(Cause.TRANSIT_POLICY_DENY, "pf")),
    "pf's log of what it let in": (FLOW, {"pf": PF.format("pass")}, unsure),
    "the log of Windows Firewall": (
        FLOW,
        {"win": WINDOWS.format("DROP", TODAY)},
        refused_by(Cause.SERVER_POLICY_DENY, "win", 0.8),
    ),
    "the same, two days old": (FLOW, {"win": WINDOWS.format("DROP", LATER)}, unsure),
    "what Windows Firewall let in": (FLOW, {"win": WINDOWS.format("ALLOW", TODAY)}, unsure),
    "pings that were lost, though they were answered": (
        PINGS,
        {"mon": LOST.format(0, 100), "far": ECHOES},
        lambda case: case.cause not in HEALTHY,
    ),
    "a ping that was lost at first": (PINGS, {"mon": LOST.format(2, 33)}, lambda case: case.cause in HEALTHY and case.sure <= 0.75),
    "large segments that never come": (
        FLOW,
        {"pc": AT_CLIENT, "web": AT_SERVER},
        lambda case: (case.cause, case.direction) == (Cause.PMTUD_BLACKHOLE, Direction.REVERSE) and case.sure <= 0.75,
    ),
    "a large segment that came at last": (FLOW, {"web": FILLED}, lambda case: case.cause is not Cause.PMTUD_BLACKHOLE),
    "answers from another address of the server": (
        NTP,
        {"clk": CLOCK.format(9)},
        lambda case: (case.cause, case.guilty, case.direction) == (Cause.NAT_RETURN_BYPASS, "clk", Direction.REVERSE),
    ),
    "answers from the address that was asked": (NTP, {"clk": CLOCK.format(10)}, lambda case: case.cause in HEALTHY),
    "a datagram that was sent": (
        "udp 192.0.2.20:* > 203.0.113.10:514",
        {"sw": "sw$ nc -vzu 203.0.113.10 514\nConnection to 203.0.113.10 514 port [udp/syslog] succeeded!\n"},
        unsure,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PASTES)
def test_a_paste(name: str, tmp_path: Path) -> None:
    flow, texts, check = PASTES[name]
    case = diagnose_texts(flow, texts, tmp_path)
    assert check(case), str(case)
