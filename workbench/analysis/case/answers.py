"""What was answered: the answers of each device to each question, in the order in which they
came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Inventory
from collectors.model.records import Interface

R = TypeVar("R")

BLIND = frozenset({Status.NOT_ASKED, Status.NO_ANSWER, Status.REFUSED})


@dataclass(frozen=True)
class Answers:
    """The flow, the inventory, and all answers so far, found at once."""

    flow: Flow
    inventory: Inventory
    evidence: tuple[Evidence, ...] = ()

    @cached_property
    def _index(self) -> dict[tuple[str, Question], tuple[Evidence, ...]]:
        index: dict[tuple[str, Question], list[Evidence]] = {}
        for item in self.evidence:
            index.setdefault((item.device, item.question), []).append(item)
        return {key: tuple(items) for key, items in index.items()}

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """All devices of the inventory."""
        return tuple(device.name for device in self.inventory.devices)

    def answers(self, device: str, question: Question) -> tuple[Evidence, ...]:
        """Every answer of a device to a question, in the order in which they came, whatever their
        status."""
        return self._index.get((device, question), ())

    def answer(self, device: str, question: Question) -> Evidence | None:
        """The newest usable answer, or None."""
        usable = self.usable(device, question)
        return usable[-1] if usable else None

    def usable(self, device: str, question: Question) -> tuple[Evidence, ...]:
        """The answers that could be read, in the order in which they came."""
        every = self.answers(device, question)
        return tuple(item for item in every if item.status is Status.ANSWERED)

    def records(self, device: str, question: Question, kind: type[R]) -> tuple[R, ...]:
        """The records of one class in the newest usable answer; empty also when nothing was
        answered."""
        newest = self.answer(device, question)
        return newest.of(kind) if newest else ()

    def all_records(
        self, device: str, question: Question, kind: type[R]
    ) -> Iterator[tuple[R, Evidence]]:
        """The records of one class in all usable answers, newest answer first, each with its
        evidence."""
        for item in reversed(self.answers(device, question)):
            if item.status is Status.ANSWERED:
                for record in item.of(kind):
                    yield record, item

    def answered_by(self, device: str) -> tuple[Evidence, ...]:
        """Everything usable of that device, whatever it was asked."""
        of_device = (item for item in self.evidence if item.device == device)
        return tuple(item for item in of_device if item.status is Status.ANSWERED)

    def asked(self, device: str, question: Question) -> bool:
        """Was it answered in full? Tells "answered: none" from "not known": a cut answer says
        nothing by absence."""
        newest = self.answer(device, question)
        return newest is not None and newest.whole

    def reached(self, device: str) -> bool:
        """Did the device answer anything at all?"""
        return device in self._answering

    @cached_property
    def _answering(self) -> frozenset[str]:
        return frozenset(item.device for item in self.evidence if item.status is Status.ANSWERED)

    def silent(self, device: str) -> bool:
        """Can nothing be learned from it: nobody knows it, or it was asked and never answered?"""
        if self.inventory.named(device) is None:
            return True
        statuses = {item.status for item in self.evidence if item.device == device}
        return bool(statuses) and statuses <= BLIND

    def in_part(self, device: str) -> bool:
        """May the device have interfaces that it did not report?"""
        newest = self.answer(device, Question.INTERFACES)
        if newest is None or not newest.whole:
            return True
        return not newest.of(Interface)
