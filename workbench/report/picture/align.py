"""Which row of the forward side stands beside which row of the reverse side? Needleman-Wunsch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.report.picture.picture import HopView

SAME, SAME_ROLE, UNKNOWN, UNLIKE, PLAIN, GAP = 10, 4, 1, -3, 0, -1
Likeness = Callable[[HopView, HopView], int]
Pair = tuple[HopView | None, HopView | None]


def likeness(left: HopView, right: HopView) -> int:
    """How well do two hops stand side by side?"""
    if left.key == right.key:
        return SAME
    if not left.managed or not right.managed:
        return UNKNOWN
    roles = {left.boundary, right.boundary}
    if not all(roles):
        return UNLIKE if any(roles) else PLAIN
    return SAME_ROLE if len(roles) == 1 else PLAIN


def align(left: Sequence[HopView], right: Sequence[HopView], *, whole: bool = True) -> list[Pair]:
    """Pair the hops of two sides, both given from the client's end to the server's.

    While a side is not whole only the same device may stand beside itself: the rest is not known to
    be opposite.
    """
    like = likeness if whole else _same_only
    best = _table(left, right, like)
    pairs: list[Pair] = []
    i, j = len(left), len(right)
    while i or j:
        if i and j and best[i][j] == best[i - 1][j - 1] + like(left[i - 1], right[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((left[i], right[j]))
        elif j and best[i][j] == best[i][j - 1] + GAP:
            j -= 1
            pairs.append((None, right[j]))
        else:
            i -= 1
            pairs.append((left[i], None))
    return pairs[::-1]


def _same_only(left: HopView, right: HopView) -> int:
    return SAME if left.key == right.key else 2 * GAP - 1


def _table(left: Sequence[HopView], right: Sequence[HopView], like: Likeness) -> list[list[int]]:
    best = [[GAP * (i + j) for j in range(len(right) + 1)] for i in range(len(left) + 1)]
    for i, a in enumerate(left, 1):
        for j, b in enumerate(right, 1):
            best[i][j] = max(
                best[i - 1][j - 1] + like(a, b), best[i - 1][j] + GAP, best[i][j - 1] + GAP
            )
    return best
