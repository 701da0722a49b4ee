"""Captures without a TTL, as tcpdump prints without -v: the way follows from what they show, not
from their order."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from tests.acceptance.telling import diagnose_texts
from workbench.analysis.case.verdict import HEALTHY, Cause, Direction

FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"
OUT, BACK = (
    "IP 192.0.2.20.43122 > 203.0.113.10.443: Flags",
    "IP 203.0.113.10.443 > 192.0.2.20.43122: Flags",
)
# when each of the three points sees a packet of either direction, in microseconds after it left;
# clocks differ
POINTS = {"pc": (0, 900, 412_000), "gate": (300, 600, 0), "shop": (700, 40, 97_000)}
TALK = [
    (0, OUT, "[S], seq 1000, win 64240, length 0"),
    (1, BACK, "[S.], seq 5000, ack 1001, win 65160, length 0"),
    (2, OUT, "[.], ack 1, win 502, length 0"),
    (3, OUT, "[P.], seq 1:78, ack 1, win 502, length 77"),
    (4, BACK, "[.], ack 78, win 509, length 0"),
    (5, BACK, "[P.], seq 1:301, ack 78, win 509, length 300"),
    (6, OUT, "[.], ack 301, win 501, length 0"),
]


def seen_at(point: str, talk: list[tuple[int, str, str]]) -> str:
    """What that point's tcpdump printed: requests come late at the server, answers late at the
    client."""
    there, back, clock = POINTS[point]
    lines, began = [f"{point}$ tcpdump -nni eth0 host 203.0.113.10"], 0
    for at, way, words in talk:
        began = at * 2000 if way == OUT else began + 740
        moment = clock + began + (there if way == OUT else back)
        lines.append(f"14:20:{moment // 1_000_000:02}.{moment % 1_000_000:06} {way} {words}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("order", list(permutations(POINTS)), ids="-".join)
def test_who_waits_longest_for_an_answer_is_nearest_to_who_asks(
    order: tuple[str, ...], tmp_path: Path
) -> None:
    found = diagnose_texts(FLOW, {point: seen_at(point, TALK) for point in order}, tmp_path)
    assert found.cause in HEALTHY
    assert found.verdict.forward_path == ("pc", "gate", "shop")
    assert found.verdict.reverse_path == ("shop", "gate", "pc")


@pytest.mark.parametrize("order", list(permutations(("pc", "shop"))), ids="-".join)
def test_an_answer_that_one_point_never_sees_is_lost_before_it(
    order: tuple[str, ...], tmp_path: Path
) -> None:
    opened = [(at * 100, way, words) for at, (_, way, words) in enumerate(TALK[:2] * 3)]
    texts = {
        "shop": seen_at("shop", opened),
        "pc": seen_at("pc", [one for one in opened if one[1] == OUT]),
    }
    found = diagnose_texts(FLOW, {point: texts[point] for point in order}, tmp_path)
    assert (found.cause, found.direction) == (Cause.UNKNOWN_BEYOND_VISIBILITY, Direction.REVERSE)
    assert found.verdict.forward_path == ("pc", "shop")
    assert "never comes to pc" in found.verdict.best.hypothesis.summary
