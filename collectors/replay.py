"""Asking without any device: a recording answers as the devices did, through the same interface."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from collectors.answering import not_asked
from collectors.model.asker import Asker
from collectors.model.evidence import Evidence, Inquiry, Question
from collectors.recording import (
    BadRecording,
    Recording,
    about_dict,
    about_from,
    load_recording,
    recording_dict,
    save_recording,
)

__all__ = [
    "BadRecording",
    "Recording",
    "RecordingAsker",
    "ReplayAsker",
    "about_dict",
    "about_from",
    "load_recording",
    "recording_dict",
    "save_recording",
]

_EXACT = frozenset(
    {
        Question.ROUTE_CHOICE,
        Question.ROUTE_SPREAD,
        Question.NEXTHOP_SETS,
        Question.ARP_PROBE,
        Question.PING,
        Question.PATH_MTU,
        Question.TRACE,
        Question.CONNECT,
        Question.PORT_SWEEP,
        Question.TRACE_SPREAD,
    }
)


class RecordingAsker(Asker):
    """Asks through another asker and keeps what was answered."""

    def __init__(self, inner: Asker) -> None:
        self._inner = inner
        self.evidence: list[Evidence] = []

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Evidence]:
        """Every answer of the other asker, kept on its way."""
        for evidence in self._inner.ask(inquiries):
            self.evidence.append(evidence)
            yield evidence

    def stream(self, inquiries: Sequence[Inquiry]) -> Generator[Evidence | None, None, None]:
        """The same, with the other asker's Nones."""
        with closing(self._inner.stream(inquiries)) as answers:
            for evidence in answers:
                self.evidence += [] if evidence is None else [evidence]
                yield evidence

    def watch(self, cancelled: Callable[[], bool]) -> None:
        """Passed on."""
        self._inner.watch(cancelled)

    def prepare(self, devices: Sequence[str], long_commands: int) -> None:
        """Passed on."""
        self._inner.prepare(devices, long_commands)

    def knows(self, inquiries: Sequence[Inquiry]) -> bool:
        """Passed on."""
        return self._inner.knows(inquiries)

    def interrupt(self) -> None:
        """Passed on."""
        self._inner.interrupt()

    def close(self) -> None:
        """End all logins."""
        self._inner.close()


class ReplayAsker(Asker):
    """Answers from a recording. `pace` 1 takes as long as the recorded run did, 0 answers at
    once."""

    def __init__(self, recording: Recording, pace: float = 0.0) -> None:
        self.recording = recording
        self._pace = pace
        self._exact = {item.inquiry.key: item for item in recording.evidence}
        self._near: dict[tuple[object, ...], list[Evidence]] = {}
        for item in recording.evidence:
            self._near.setdefault(_outline(item.inquiry), []).append(item)

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Evidence]:
        """Each recorded answer, in the order and at the pace in which they came."""
        began = time.monotonic()
        answers = [(inquiry, self._find(inquiry)) for inquiry in dict.fromkeys(inquiries)]
        for due, evidence in sorted(
            ((_due(i, e), e) for i, e in answers), key=lambda pair: pair[0]
        ):
            if self._pace:
                time.sleep(max(0.0, began + due * self._pace - time.monotonic()))
            yield evidence

    def knows(self, inquiries: Sequence[Inquiry]) -> bool:
        """Were all of these, or any like them, asked when the recording was made?"""
        return all(i.key in self._exact or _outline(i) in self._near for i in inquiries)

    def _find(self, inquiry: Inquiry) -> Evidence:
        found = self._exact.get(inquiry.key) or self._similar(inquiry)
        if found is None:
            return not_asked(inquiry, "this was not asked when the recording was made")
        return replace(found, inquiry=inquiry)

    def _similar(self, inquiry: Inquiry) -> Evidence | None:
        """Recorded with other translations, another length of window: the same question all the
        same."""
        near = self._near.get(_outline(inquiry), [])
        return near[-1] if near else None


def _outline(inquiry: Inquiry) -> tuple[object, ...]:
    about = inquiry.about
    if inquiry.question in _EXACT:
        packet = (about.flow, about.iif, about.mark or None, about.tos or None)
        return (
            inquiry.device,
            inquiry.question,
            (*packet, about.address, about.interface, about.ports),
        )
    return (inquiry.device, inquiry.question, about.sample)


def _due(inquiry: Inquiry, evidence: Evidence) -> float:
    return inquiry.delay + evidence.duration
