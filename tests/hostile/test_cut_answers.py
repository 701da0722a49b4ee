"""Does a cut answer make a verdict wronger? It may make it less sure. All places:
BOTHWAYS_EXHAUSTIVE=1."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from collectors.model.evidence import Evidence, Question
from collectors.offline.recording import Recording
from tests.hostile.cutting import NAMES, Place, accused_by, cut, kept_recording, places, worse

EVERYTHING = bool(os.environ.get("BOTHWAYS_EXHAUSTIVE"))
SAMPLE = 36  # places of each recording, spread over all questions


def some(found: list[Place], seed: int) -> Iterator[Place]:
    """The same few places each time, other ones of each recording; every one where all are
    wanted."""
    step = 1 if EVERYTHING else max(1, len(found) // SAMPLE)
    yield from found[seed % step :: step]


@pytest.mark.parametrize("name", NAMES)
def test_a_cut_answer_makes_no_verdict_wronger(name: str) -> None:
    recording = kept_recording(name)
    whole = accused_by(recording, recording.evidence)
    seed = NAMES.index(name) * 7 + 3
    chosen = list(some(list(places(recording.evidence)), seed))
    assert len(chosen) >= SAMPLE
    found = ((place, accused_by(recording, cut(recording, place))) for place in chosen)
    assert [(place, words) for place, part in found if (words := worse(whole, part))] == []


def cut_everywhere(recording: Recording, question: Question, keep: int) -> tuple[Evidence, ...]:
    return cut(recording, Place(question, None, None, keep, raw=False))


@pytest.mark.parametrize(
    "question", [Question.FILTER, Question.ROUTES, Question.SESSIONS, Question.CAPTURE], ids=str
)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_the_first_record_of_every_device(name: str, question: Question) -> None:
    recording = kept_recording(name)
    part = accused_by(recording, cut_everywhere(recording, question, 1))
    assert worse(accused_by(recording, recording.evidence), part) is None
