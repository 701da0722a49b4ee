"""Which points are done, by which run or person, and what is still open?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from collectors.model.evidence import Status
from collectors.model.flow import Flow
from workbench.analysis.case.wording import listed
from workbench.report.checklist.afterwards import afterwards
from workbench.report.checklist.facts import Afterwards, Answer, ByHand, Looked
from workbench.report.checklist.findings import found_at
from workbench.report.checklist.points import POINTS, Need, Point
from workbench.report.checklist.words import Mark, Row
from workbench.report.text import clean

MOST_MISSING = 3  # devices that one sentence names
LONGEST = 260


_WHY = {
    Status.NOT_ASKED: "was not asked",
    Status.NO_ANSWER: "did not answer",
    Status.REFUSED: "refused",
    Status.UNPARSED: "answered what could not be read",
}


def rows(
    flow: Flow,
    opened_by: str,
    looks: Sequence[Looked],
    after: Afterwards,
    by_hand: Mapping[int, ByHand],
) -> tuple[Row, ...]:
    """The twelve rows. Of several runs that answer a point, the first in `looks` speaks."""
    derived = (_first(flow, opened_by), *(_best(point, looks) for point in POINTS[1:9]))
    every = (*derived, *afterwards(after))
    return tuple(_with_hand(row, by_hand.get(row.number), looks) for row in every)


def _first(flow: Flow, opened_by: str) -> Row:
    """One flow is chosen by opening the incident; a port that nobody knows is said."""
    point = POINTS[0]
    tells = f"{flow}."
    if flow.sport is None and flow.protocol.value in ("tcp", "udp"):
        missing = " Its source port is not known, and a hash may choose by it."
        return Row(point, Mark.PARTLY, opened_by, f"Partly: {tells}{missing}")
    return Row(point, Mark.HAND, opened_by, tells)


def _best(point: Point, looks: Sequence[Looked]) -> Row:
    """The run that answers most of a point; of several, the first."""
    told = [_judged(point, looked) for looked in looks]
    order = (Mark.RUN, Mark.HAND, Mark.PARTLY, Mark.OPEN)
    return min(told, key=lambda row: order.index(row.mark), default=Row(point, Mark.OPEN))


def _judged(point: Point, looked: Looked) -> Row:
    needs = list(dict.fromkeys(point.needs(looked.ways))) if point.needs else []
    given = [(need, _given(need, looked)) for need in needs]
    have = [answer for _, answer in given if answer is not None]
    lacking = [_lacking(need, looked) for need, answer in given if answer is None]
    return _answered(point, looked, have, lacking) if have else _open(point, looked, needs, lacking)


def _open(point: Point, looked: Looked, needs: list[Need], lacking: list[str]) -> Row:
    """Nobody answered; where they were asked, why not."""
    asked = any(looked.of(need.device, need.questions) for need in needs)
    if not asked:
        return Row(point, Mark.OPEN)
    return Row(point, Mark.OPEN, finding=f"Not answered: {_some(lacking)}.", run=looked.number)


def _answered(point: Point, looked: Looked, have: list[Answer], lacking: list[str]) -> Row:
    """Somebody answered: a run, or who pasted it where no run looked."""
    by_run = looked.number is not None
    done = Mark.RUN if by_run else Mark.HAND
    finding = _short(found_at(point.number, looked))
    if lacking:
        finding = f"Partly: {_some(lacking)}. {finding}".strip()
    mark = Mark.PARTLY if lacking else done
    who = looked.who if by_run else have[0].pasted_by
    proof = tuple(dict.fromkeys(answer.evidence for answer in have))
    return Row(point, mark, who, finding, looked.number, proof)


def _given(need: Need, looked: Looked) -> Answer | None:
    """The newest usable and whole answer, or None."""
    usable = (
        one
        for one in looked.of(need.device, need.questions)
        if one.status == Status.ANSWERED.value and not one.cut
    )
    return next(iter(reversed(list(usable))), None)


def _lacking(need: Need, looked: Looked) -> str:
    """Why a device gave no usable answer, in words."""
    if need.never:
        return need.never
    answers = looked.of(need.device, need.questions)
    if not answers:
        return f"{need.device} was not asked"
    if any(one.cut for one in answers):
        return f"the answer of {need.device} is cut"
    return f"{need.device} {_WHY.get(Status(answers[-1].status), 'did not answer')}"


def _some(lacking: Iterable[str]) -> str:
    every = list(dict.fromkeys(lacking))
    left = len(every) - MOST_MISSING
    named = every[:MOST_MISSING]
    return listed([*named, f"{left} more"] if left > 0 else named)


def _short(text: str) -> str:
    return clean(text, LONGEST)


# --- what people say ---


def _with_hand(row: Row, hand: ByHand | None, looks: Sequence[Looked]) -> Row:
    """A run that answered all of it stands above what a person says; a person who opens a point
    again asks for a run that begins later."""
    if hand is None:
        return row
    if hand.mark == "reopened":
        return row if _later(row, hand, looks) else _reopened(row, hand)
    if row.mark is Mark.RUN:
        return row
    mark = Mark.SKIPPED if hand.mark == "skipped" else Mark.HAND
    return replace(row, mark=mark, who=hand.who, finding=_short(hand.why), seq=hand.seq)


def _later(row: Row, hand: ByHand, looks: Sequence[Looked]) -> bool:
    """Does a run that began after it was opened again answer it?"""
    if row.mark is not Mark.RUN:
        return False
    began = [one.started_at for one in looks if one.number == row.run]
    return any(at is not None and at > hand.at for at in began)


def _reopened(row: Row, hand: ByHand) -> Row:
    tells = f"Opened again: {hand.why}" if hand.why else "Opened again."
    return replace(row, mark=Mark.OPEN, who=hand.who, finding=_short(tells), seq=hand.seq)
