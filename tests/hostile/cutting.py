"""Recordings in which answers are cut at a record, as a limit of bytes, lines or time cuts them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from collectors.model.evidence import Evidence, Question, Status
from collectors.offline.recording import Recording, load_recording, reread
from collectors.pcap.capture import is_capture
from workbench.analysis.case.case import Case
from workbench.analysis.case.verdict import HEALTHY, Verdict
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read

ROOT = Path(__file__).parents[2]
_FILES = (
    *(ROOT / "workbench" / "lab" / "recordings").glob("*/*.gz"),
    *(ROOT / "tests" / "fixtures" / "recordings").glob("*.gz"),
)
_KEPT = {f"{path.parent.name}/{path.name.partition('.')[0]}": path for path in _FILES}
NAMES = sorted(_KEPT)
SURE = 0.8
SURER = 0.05  # by so much a right verdict may gain, where what was cut off spoke for another cause

Cut = Callable[[Evidence, int], Evidence]


@dataclass(frozen=True)
class Place:
    """Which answers are cut, and after how many records."""

    question: Question
    device: str | None  # None = every device
    evidence: str | None  # None = every answer of that device
    records: int
    raw: bool  # the bytes are cut and read anew, else the records are cut

    def fits(self, item: Evidence) -> bool:
        """Is it an answer that is cut here?"""
        same = item.question is self.question and self.device in (None, item.device)
        return same and self.evidence in (None, item.id)


@dataclass(frozen=True)
class Accusation:
    """What a verdict accuses, and how sure it is."""

    cause: str
    guilty: str | None
    confidence: float

    @property
    def healthy(self) -> bool:
        """Does it accuse nobody?"""
        return self.cause in HEALTHY


@cache
def kept_recording(name: str) -> Recording:
    """One recording of the laboratory or of the tests; read by the first test that uses it, not at
    import."""
    return load_recording(_KEPT[name])


def accused_by(recording: Recording, evidence: tuple[Evidence, ...]) -> Accusation:
    """The verdict on that evidence."""
    return _accusation(judge(read(Case(recording.flow, recording.inventory, evidence))))


def _accusation(verdict: Verdict) -> Accusation:
    best = verdict.best
    return Accusation(best.hypothesis.cause.value, best.hypothesis.guilty_node, best.confidence)


def places(evidence: tuple[Evidence, ...]) -> Iterator[Place]:
    """Every answer at every record, each answer of one device at once, and of all devices at
    once."""
    usable = [item for item in evidence if item.status is Status.ANSWERED and item.records]
    most: dict[tuple[Question, str | None, str | None], int] = {}
    for item in usable:
        for device, number in ((None, None), (item.device, None), (item.device, item.id)):
            key = (item.question, device, number)
            most[key] = max(most.get(key, 0), len(item.records))
    for (question, device, number), count in most.items():
        for records in range(count):
            yield from (Place(question, device, number, records, raw) for raw in (False, True))


def cut(recording: Recording, place: Place) -> tuple[Evidence, ...]:
    """All evidence of the recording, some of it cut."""
    return tuple(
        _cut(recording, item, place) if place.fits(item) else item for item in recording.evidence
    )


def _cut(recording: Recording, item: Evidence, place: Place) -> Evidence:
    if item.status is not Status.ANSWERED or len(item.records) <= place.records:
        return item
    if not place.raw:
        return replace(item, records=item.records[: place.records], truncated=True)
    return reread(
        replace(item, stdout=_bytes(item, place.records), truncated=True), recording.inventory
    )


def _bytes(item: Evidence, records: int) -> bytes:
    """The raw answer, cut about where that record begins, in the middle of what is written
    there."""
    if is_capture(item.stdout):
        return item.stdout[: _at(len(item.stdout), records, len(item.records))]
    ends = [found.end() for found in re.finditer(rb"\n|\}", item.stdout)]
    if not ends:
        return item.stdout[: _at(len(item.stdout), records, len(item.records))]
    return item.stdout[
        : ends[min(_at(len(ends), records, len(item.records)), len(ends) - 1)] - records % 3
    ]


def _at(size: int, part: int, whole: int) -> int:
    return size * part // whole


def worse(whole: Accusation, part: Accusation) -> str | None:
    """Did the loss make the verdict wronger? What the whole evidence says counts as the truth."""
    if (part.cause, part.guilty) == (whole.cause, whole.guilty):
        return (
            f"surer than with everything: {part}"
            if part.confidence > whole.confidence + SURER
            else None
        )
    if part.confidence >= SURE or part.confidence > whole.confidence:
        return f"{part.cause} of {part.guilty} with {part.confidence:.2f}"
    return None
