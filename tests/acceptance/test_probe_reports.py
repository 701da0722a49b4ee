"""Reports of many probes: loss that stays to the end of the way, and routers that answer only so
many."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import Cause

FLOW = "tcp 10.13.0.15:* > 198.51.100.201:443"
HOPS = ("10.13.0.1", "10.255.18.1", "192.0.2.133", "198.51.100.201")


def report(place: Path, *shares: float, sent: int = 50) -> PastedCase:
    rows = [
        f"  {ttl}.|-- {hop:<22} {share:5.1f}%  {sent:4}    0.4   0.5   0.3   2.2   0.2"
        for ttl, (hop, share) in enumerate(zip(HOPS, shares, strict=True), 1)
    ]
    head = "[sam@jump ~]$ mtr -n -r -c 50 198.51.100.201\nStart: Mon Nov 30 11:02:44 2026\n"
    titles = "HOST: jump                        Loss%   Snt   Last   Avg  Best  Wrst StDev\n"
    return diagnose_texts(FLOW, {"jump": head + titles + "\n".join(rows) + "\n"}, place)


def test_it_stays_from_the_second_router_on(tmp_path: Path) -> None:
    case = report(tmp_path, 0.0, 30.0, 26.0, 28.0)
    assert (case.cause, case.guilty, case.direction) == (Cause.PACKET_LOSS, None, None), str(case)
    assert "between 10.13.0.1 and 10.255.18.1" in case.words and case.sure <= 0.75


HARMLESS = {
    "routers that answer only some": (0.0, 64.0, 78.0, 0.0),
    "a destination that answers only some": (0.0, 0.0, 0.0, 40.0),
    "one lost probe": (0.0, 2.0, 2.0, 2.0),
    "one router that answers fewer before another that answers all": (0.0, 90.0, 0.0, 20.0),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_no_loss_of_the_way(name: str, tmp_path: Path) -> None:
    case = report(tmp_path, *HARMLESS[name])
    assert case.cause is Cause.UNKNOWN_BEYOND_VISIBILITY, str(case)


def test_what_routers_leave_unanswered_is_said_to_lose_nothing(tmp_path: Path) -> None:
    case = report(tmp_path, 0.0, 64.0, 78.0, 0.0)
    assert "that 10.255.18.1 and 192.0.2.133 answered only some loses nothing" in case.words


def test_of_few_probes_nothing_is_concluded(tmp_path: Path) -> None:
    case = report(tmp_path, 0.0, 40.0, 40.0, 40.0, sent=5)
    assert case.cause is Cause.UNKNOWN_BEYOND_VISIBILITY, str(case)


PATHPING = """PS C:\\> pathping -n -q 50 198.51.100.201

Tracing route to 198.51.100.201 over a maximum of 30 hops

  0  10.13.0.15
  1  10.13.0.1
  2  192.0.2.133
  3  198.51.100.201

Computing statistics for 50 seconds...
            Source to Here   This Node/Link
Hop  RTT    Lost/Sent = Pct  Lost/Sent = Pct  Address
  0                                           10.13.0.15
                                0/  50 =  0%   |
  1    1ms     0/  50 =  0%     0/  50 =  0%  10.13.0.1
                               14/  50 = 28%   |
  2   31ms    14/  50 = 28%     0/  50 =  0%  192.0.2.133
                                1/  50 =  2%   |
  3   33ms    15/  50 = 30%     0/  50 =  0%  198.51.100.201

Trace complete.
"""


def test_the_statistics_of_windows(tmp_path: Path) -> None:
    case = diagnose_texts(FLOW, {"pc": PATHPING}, tmp_path)
    assert case.cause is Cause.PACKET_LOSS and "between 10.13.0.1 and 192.0.2.133" in case.words, (
        str(case)
    )
