"""Is a loss chance, how large is it, and does it come in blocks? Plain statistics of packets sent
and lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import comb, log, sqrt

NATURAL = 0.005  # the share of packets that long paths lose in normal operation
NORMAL = 1.96  # two-sided 95 % of the normal distribution
SHORTEST_PERIOD = 1.0  # s
CYCLES = 3  # that must have been watched, before they are called a rhythm
BY_CHANCE = 0.05  # how likely may it be that chance makes such a rhythm?


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


def rhythm(times: Sequence[float], missing: Sequence[bool]) -> float | None:
    """The period in seconds in one part of which all are missing and in the other part none, as
    something does that is switched on and off; None = no such rhythm, or too few to tell it from
    chance.

    `times` are those at which the packets were sent, in order.
    """
    lost, count = sum(missing), len(missing)
    span = times[-1] - times[0] if count else 0.0
    if not 0 < lost < count or span / CYCLES < SHORTEST_PERIOD:
        return None
    # so many periods can be told apart; for each, the parts may begin at any packet
    tried = count * span / SHORTEST_PERIOD
    if tried / comb(count, lost) > BY_CHANCE:
        return None
    return next((p for p in _periods(span) if _two_parts(times, missing, p)), None)


def _periods(span: float) -> Iterator[float]:
    """From the longest to the shortest, so near to each other that none is passed over."""
    period = span / CYCLES
    while period >= SHORTEST_PERIOD:
        yield period
        period -= 0.02 * period * period / span


def _two_parts(times: Sequence[float], missing: Sequence[bool], period: float) -> bool:
    """Within the period, do those missing and the others lie in one stretch each?"""
    phased = sorted(((time % period), gone) for time, gone in zip(times, missing, strict=True))
    around = [gone for _, gone in phased]
    return sum(here != after for here, after in pairwise([*around, around[0]])) == 2
