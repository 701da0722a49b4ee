"""The packets that the captures of a device show, as they were read."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.records import Packet
from workbench.analysis.case.case import Case


def packets_at(case: Case, device: str) -> Iterator[Packet]:
    """Every packet that a capture of this device shows, of any flow."""
    for item in case.usable(device, Question.CAPTURE):
        yield from item.of(Packet)


def packets_anywhere(case: Case) -> Iterator[Packet]:
    """The same for all devices."""
    for device in case.inventory.devices:
        yield from packets_at(case, device.name)
