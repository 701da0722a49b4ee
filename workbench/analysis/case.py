"""The case: one flow, the inventory, and all evidence so far. Frozen; more evidence makes a new case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.flow import Address, Flow
from collectors.model.inventory import Device, Inventory
from collectors.model.records import Interface

R = TypeVar("R")


@dataclass(frozen=True)
class Case:
    """Everything known about one flow. Queries only; no judgement."""

    flow: Flow
    inventory: Inventory
    evidence: tuple[Evidence, ...] = ()

    def with_evidence(self, more: Iterable[Evidence]) -> Case:
        """The case with more answers."""
        return replace(self, evidence=(*self.evidence, *more))

    @cached_property
    def _index(self) -> dict[tuple[str, Question], tuple[Evidence, ...]]:
        index: dict[tuple[str, Question], list[Evidence]] = {}
        for item in self.evidence:
            index.setdefault((item.device, item.question), []).append(item)
        return {key: tuple(items) for key, items in index.items()}

    def answers(self, device: str, question: Question) -> tuple[Evidence, ...]:
        """Every answer of a device to a question, in the order in which they came, whatever their status."""
        return self._index.get((device, question), ())

    def answer(self, device: str, question: Question) -> Evidence | None:
        """The newest usable answer, or None."""
        usable = [e for e in self.answers(device, question) if e.status is Status.ANSWERED]
        return usable[-1] if usable else None

    def records(self, device: str, question: Question, kind: type[R]) -> tuple[R, ...]:
        """The records of one class in the newest usable answer; empty also when nothing was answered."""
        newest = self.answer(device, question)
        return newest.of(kind) if newest else ()

    def asked(self, device: str, question: Question) -> bool:
        """Was it answered? Tells "answered: none" from "not known"."""
        return self.answer(device, question) is not None

    @cached_property
    def _owners(self) -> dict[Address, str]:
        owners: dict[Address, str] = {}
        for device in self.inventory.devices:
            for declared in device.addresses:
                owners.setdefault(declared.ip, device.name)
        for device in self.inventory.devices:  # what a device says of itself wins over the file
            for interface in self.records(device.name, Question.INTERFACES, Interface):
                owners.update((address.ip, device.name) for address in interface.addresses)
        return owners

    def owner(self, address: Address) -> Device | None:
        """Which device holds that address?"""
        name = self._owners.get(address)
        return self.inventory.named(name) if name else None
