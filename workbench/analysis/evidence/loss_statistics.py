"""Is a loss chance, how large is it, and does it come in blocks? Plain statistics of packets sent
and lost."""

from __future__ import annotations

from itertools import pairwise
from math import comb, log, sqrt

NATURAL = 0.005  # the share of packets that long paths lose in normal operation
NORMAL = 1.96  # two-sided 95 % of the normal distribution


def interval(lost: int, sent: int) -> tuple[float, float]:
    """Between which shares does the true one lie, with 95 %? Wilson's score interval."""
    if not sent:
        return 0.0, 1.0
    share, square = lost / sent, NORMAL**2
    middle = share + square / (2 * sent)
    room = NORMAL * sqrt(share * (1 - share) / sent + square / (4 * sent**2))
    scale = 1 + square / sent
    return max(0.0, (middle - room) / scale), min(1.0, (middle + room) / scale)


def unnatural(lost: int, sent: int) -> float:
    """How much likelier (natural logarithm) is this loss with its own share than with what ways
    lose anyway?"""
    share = lost / sent if sent else 0.0
    if share <= NATURAL:
        return 0.0
    by_lost = lost * log(share / NATURAL)
    if lost >= sent:
        return by_lost
    return by_lost + (sent - lost) * log((1 - share) / (1 - NATURAL))


def blocks_by_chance(missing: list[bool]) -> float:
    """How likely is it that those missing fall into so few blocks in a row, or fewer, if chance
    picks each?"""
    lost = sum(missing)
    passed = len(missing) - lost
    if not lost or not passed:
        return 1.0
    first = int(missing[0])
    begun = sum(here and not before for before, here in pairwise(missing))
    as_many_blocks = range(1, first + begun + 1)
    fitting = sum(comb(lost - 1, k - 1) * comb(passed + 1, k) for k in as_many_blocks)
    return fitting / comb(lost + passed, lost)
