"""Pings of growing size and mtr that somebody ran: evidence of a hole for large packets, of loss,
or of none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import HEALTHY, Cause, Direction, Outcome

FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"


def ping(command: str, to: str, size: int, answered: int, sent: int = 3, word: str = "") -> str:
    replies = "".join(
        f"{size + 8} bytes from {to}: icmp_seq={at} ttl=61 time=14.1 ms\n"
        for at in range(1, answered + 1)
    )
    lost = 100 * (sent - answered) // sent
    return (
        f"pc$ {command}\nPING {to} ({to}) {size}({size + 28}) bytes of data.\n{replies}{word}\n---"
        f" {to} ping statistics ---\n{sent} packets transmitted, {answered} received, {lost}%"
        " packet loss\n"
    )


def of_linux(to: str, size: int, answered: int, word: str = "") -> str:
    return ping(f"ping -M do -s {size} -c 3 {to}", to, size, answered, word=word)


def of_vyos(to: str, size: int, answered: int) -> str:
    return ping(f"ping {to} size {size} do-not-fragment count 3", to, size, answered)


END, NEAR = "203.0.113.10", "198.51.100.1"
TOO_BIG = f"From {NEAR} icmp_seq=1 Frag needed and DF set (mtu = 1400)\n"
HOLES = [
    pytest.param(of_linux(END, 1410, 3) + of_linux(END, 1472, 0), "1438", id="Linux"),
    pytest.param(of_vyos(END, 1472, 0) + of_vyos(END, 1410, 3), "1438", id="VyOS"),
    pytest.param(
        of_linux(NEAR, 1472, 3) + of_linux(END, 1472, 0) + of_linux(END, 1300, 3),
        NEAR,
        id="a-near-one",
    ),
]
NONE = [
    pytest.param(of_linux(END, 1410, 3) + of_linux(END, 1472, 3), id="all-sizes-pass"),
    pytest.param(of_linux(END, 1410, 0) + of_linux(END, 1472, 0), id="no-ping-is-answered"),
    pytest.param(of_linux(END, 1300, 3) + of_linux(END, 1472, 0, TOO_BIG), id="the-sender-is-told"),
    pytest.param(of_linux(NEAR, 1300, 3) + of_linux(NEAR, 1472, 0), id="of-another-machine"),
]

MTR = "pc$ mtr -rwnc 300 {0}203.0.113.10\nHOST: pc  Loss%   Snt   Last   Avg  Best  Wrst StDev\n"
HOP = "  {0}.|-- {1:<15} {2:>5}%   {3}    0.4   0.5   0.3   3.1   0.2\n"


def report(losses: list[tuple[str, float]], sent: int = 300, kind: str = "-T -P 443 ") -> str:
    return MTR.format(kind) + "".join(
        HOP.format(at, who, loss, sent) for at, (who, loss) in enumerate(losses, 1)
    )


A, B, C = "192.0.2.1", "198.51.100.1", "198.51.100.17"
FADING = [
    pytest.param(report([(A, 0.0), (B, 0.3), (C, 17.0), (END, 17.7)]), C, id="from-the-third-on"),
    pytest.param(
        report([(A, 0.0), (B, 9.0), ("???", 100.0), (END, 8.7)]), B, id="past-a-silent-one"
    ),
    pytest.param(
        report([(A, 0.0), (B, 60.0), (C, 12.0), (END, 12.3)]), B, id="with-a-limit-of-answers"
    ),
    pytest.param(report([(A, 0.0), (C, 20.0), (END, 21.0)], kind=""), C, id="by-pings"),
]
CLEAN = [
    pytest.param(
        report([(A, 0.0), (B, 68.5), (C, 41.0), (END, 0.0)]), id="hops-that-limit-their-answers"
    ),
    pytest.param(report([(A, 0.0), (B, 0.0), (C, 0.7), (END, 0.7)]), id="as-long-ways-lose"),
    pytest.param(report([(A, 0.0), (B, 10.0), (END, 10.0)], sent=10), id="one-of-ten"),
    pytest.param(
        report([(A, 0.0), (B, 100.0), ("???", 100.0), ("???", 100.0)]), id="the-end-does-not-answer"
    ),
]


def diagnose(text: str, place: Path) -> PastedCase:
    return diagnose_texts(FLOW, {"pc": text}, place)


@pytest.mark.parametrize(("text", "words"), HOLES)
def test_large_pings_that_vanish_show_a_hole(text: str, words: str, tmp_path: Path) -> None:
    case = diagnose(text, tmp_path)
    assert (case.cause, case.guilty, case.direction) == (
        Cause.PMTUD_BLACKHOLE,
        None,
        Direction.FORWARD,
    ), str(case)
    assert 0.3 <= case.sure <= 0.75 and words in case.words


@pytest.mark.parametrize("text", NONE)
def test_other_pings_show_none(text: str, tmp_path: Path) -> None:
    assert diagnose(text, tmp_path).cause is not Cause.PMTUD_BLACKHOLE


@pytest.mark.parametrize(("text", "first"), FADING)
def test_loss_that_goes_on_to_the_end_is_loss(text: str, first: str, tmp_path: Path) -> None:
    case = diagnose(text, tmp_path)
    assert (case.cause, case.guilty, case.direction) == (Cause.PACKET_LOSS, None, None), str(case)
    assert 0.3 <= case.sure <= 0.75 and f"and {first}" in case.words


@pytest.mark.parametrize("text", CLEAN)
def test_loss_at_a_hop_alone_is_none(text: str, tmp_path: Path) -> None:
    case = diagnose(text, tmp_path)
    assert case.cause is not Cause.PACKET_LOSS and case.verdict.outcome is not Outcome.BROKEN, str(
        case
    )
    assert case.guilty is None or case.cause in HEALTHY


CURL = "pc$ curl -m 5 -v https://203.0.113.10/\n*   Trying 203.0.113.10:443...\n"
LATE = [
    pytest.param(
        CURL + "* Connected to 203.0.113.10 (203.0.113.10) port 443 (#0)\n"
        "* Operation timed out after 5001 milliseconds with 0 bytes received\n"
        "curl: (28) Operation timed out after 5001 milliseconds with 0 bytes received\n",
        "connections are made and what they ask is not answered in time",
        id="connected",
    ),
    pytest.param(
        CURL + "* Connection timed out after 5002 milliseconds\n"
        "curl: (28) Connection timed out after 5002 milliseconds\n",
        "the packets are lost",
        id="never-connected",
    ),
]


@pytest.mark.parametrize(("text", "words"), LATE)
def test_who_connected_and_waited_in_vain_is_not_told_that_packets_are_lost(
    text: str, words: str, tmp_path: Path
) -> None:
    found = diagnose_texts(FLOW, {"pc": text}, tmp_path)
    assert (found.cause, found.verdict.outcome) == (
        Cause.UNKNOWN_BEYOND_VISIBILITY,
        Outcome.INCONCLUSIVE,
    )
    assert found.verdict.best.hypothesis.summary.startswith(words)
