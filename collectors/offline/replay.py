"""Asking without any device: a recording answers as the devices did, through the same interface."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from collectors.answering import not_asked
from collectors.model.driver import Driver
from collectors.model.evidence import Evidence, Query
from collectors.model.questions import traits
from collectors.model.step import Audience
from collectors.offline.recording import (
    BadRecording,
    Recording,
    load_recording,
    params_dict,
    params_from,
    recording_dict,
    save_recording,
)

__all__ = [
    "BadRecording",
    "Recording",
    "RecordingDriver",
    "ReplayDriver",
    "load_recording",
    "params_dict",
    "params_from",
    "recording_dict",
    "save_recording",
]


class RecordingDriver(Driver):
    """Asks through another driver and keeps the answers."""

    def __init__(self, inner: Driver) -> None:
        self._inner = inner
        self.evidence: list[Evidence] = []

    def ask(self, queries: Sequence[Query]) -> Iterator[Evidence]:
        """Every answer of the other driver, kept as it passes."""
        for evidence in self._inner.ask(queries):
            self.evidence.append(evidence)
            yield evidence

    def stream(self, queries: Sequence[Query]) -> Generator[Evidence | None, None, None]:
        """The same, with the other driver's Nones."""
        with closing(self._inner.stream(queries)) as answers:
            for evidence in answers:
                self.evidence += [] if evidence is None else [evidence]
                yield evidence

    def watch(self, cancelled: Callable[[], bool]) -> None:
        """Passed on."""
        self._inner.watch(cancelled)

    def prepare(self, devices: Sequence[str], long_commands: int) -> None:
        """Passed on."""
        self._inner.prepare(devices, long_commands)

    def knows(self, queries: Sequence[Query]) -> bool:
        """Passed on."""
        return self._inner.knows(queries)

    @property
    def has_all_answers(self) -> bool:
        """Passed on."""
        return self._inner.has_all_answers

    def interrupt(self) -> None:
        """Passed on."""
        self._inner.interrupt()

    def close(self) -> None:
        """End all logins."""
        self._inner.close()


class ReplayDriver(Driver):
    """Answers from a recording. `pace` 1 takes as long as the recorded run did, 0 answers at
    once."""

    def __init__(self, recording: Recording, pace: float = 0.0) -> None:
        self.recording = recording
        self._pace = pace
        self._exact = {item.query.key: item for item in recording.evidence}
        self._near: dict[tuple[object, ...], list[Evidence]] = {}
        for item in recording.evidence:
            self._near.setdefault(_outline(item.query), []).append(item)

    def ask(self, queries: Sequence[Query]) -> Iterator[Evidence]:
        """Each recorded answer, in the order and at the pace in which they came."""
        began = time.monotonic()
        answers = [(query, self._find(query)) for query in dict.fromkeys(queries)]
        for due, evidence in sorted(
            ((_due(i, e), e) for i, e in answers), key=lambda pair: pair[0]
        ):
            if self._pace:
                time.sleep(max(0.0, began + due * self._pace - time.monotonic()))
            yield evidence

    def knows(self, queries: Sequence[Query]) -> bool:
        """Were all of these, or any like them, asked when the recording was made?"""
        return all(i.key in self._exact or _outline(i) in self._near for i in queries)

    @property
    def has_all_answers(self) -> bool:
        """Was everybody asked when it was made?"""
        return self.recording.audience is Audience.ALL

    def _find(self, query: Query) -> Evidence:
        found = self._exact.get(query.key) or self._similar(query)
        if found is None:
            return not_asked(query, "this was not asked when the recording was made")
        return replace(found, query=query)

    def _similar(self, query: Query) -> Evidence | None:
        """Recorded with other translations, another length of window: the same question all the
        same."""
        near = self._near.get(_outline(query), [])
        return near[-1] if near else None


def _outline(query: Query) -> tuple[object, ...]:
    params = query.params
    if traits(query.question).exact:
        packet = (params.flow, params.iif, params.mark or None, params.tos or None)
        return (
            query.device,
            query.question,
            (*packet, params.address, params.interface, params.ports),
        )
    return (query.device, query.question, params.sample)


def _due(query: Query, evidence: Evidence) -> float:
    return query.delay + evidence.duration
