"""The tape: the answers of an incident in the order in which they came, and what is still awaited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from workbench.incidents.models import Event, EvidenceRow, Incident, Run

PIECE = 200  # answers in one piece of the tape


@dataclass(frozen=True, slots=True)
class TapePiece:
    """The numbers of some rows in their order, and how many came before the first of them."""

    rows: tuple[int, ...]
    earlier: int = 0


@dataclass(frozen=True, slots=True)
class Awaited:
    """A question that was asked and has no answer yet."""

    device: str
    question: str
    since: datetime
    seconds: float | None  # how long it watches, where it does


def after(incident: Incident, newest: int, run: Run | None = None) -> TapePiece:
    """The next answers after the row of a number."""
    return TapePiece(tuple(_rows(incident, run).filter(pk__gt=newest).order_by("pk")[:PIECE]))


def before(incident: Incident, oldest: int | None, run: Run | None = None) -> TapePiece:
    """The last answers before the row of a number; None = the newest."""
    rows = _rows(incident, run)
    if oldest is not None:
        rows = rows.filter(pk__lt=oldest)
    found = tuple(reversed(rows.order_by("-pk")[:PIECE]))
    return TapePiece(found, rows.filter(pk__lt=found[0]).count() if found else 0)


def answers(rows: Iterable[int]) -> list[EvidenceRow]:
    """The answers of these numbers, in no order, with the numbers of their runs."""
    found = EvidenceRow.objects.filter(pk__in=list(rows)).select_related("run")
    return list(found.defer("run__picture", "run__verdict", "run__packed_findings"))


def _rows(incident: Incident, run: Run | None) -> QuerySet[EvidenceRow, int]:
    found = EvidenceRow.objects.filter(run__incident=incident)
    return (found if run is None else found.filter(run=run)).values_list("pk", flat=True)


def awaited(run: Run | None) -> list[Awaited]:
    """What the run that goes on has asked, and what has not come yet; the oldest question first."""
    if run is None or not run.active:
        return []
    answers = EvidenceRow.objects.filter(run=run).values_list("device", "question", "step")
    answered = Counter(answers)
    open_questions = []
    for event in Event.objects.filter(run=run, kind=Event.Kind.ASKING).order_by("seq"):
        for asked in map(tuple, event.payload["inquiries"]):
            if answered[asked]:
                answered[asked] -= 1
                continue
            device, question, _ = asked
            open_questions.append(Awaited(device, question, event.at, event.payload.get("seconds")))
    return open_questions
