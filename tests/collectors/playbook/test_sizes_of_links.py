"""What is said and asked of links whose MTU a device did not show (it is 0 then)."""

from __future__ import annotations

import pytest

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.records import Interface
from collectors.playbook import interfaces, path_mtu
from tests.collectors.playbook.test_steps import View


def links(device: str, *sizes: int) -> Evidence:
    """The device's answer: one interface for each MTU."""
    records = tuple(
        Interface(f"eth{number}", number, None, size, True) for number, size in enumerate(sizes)
    )
    return Evidence("e1", Query(device, Question.INTERFACES), Status.ANSWERED, records=records)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((1500, 1500), "2 interfaces, MTU 1500, all up."),
        ((1500, 1400), "2 interfaces, MTU 1400 and 1500, all up."),
        ((0, 0), "2 interfaces, all up."),
        ((0, 1500), "2 interfaces, MTU 1500, all up."),
    ],
)
def test_only_sizes_that_are_known_are_said(sizes: tuple[int, ...], words: str) -> None:
    assert interfaces.meaning(links("r1", *sizes)) == words


@pytest.mark.parametrize(("sizes", "differ"), [((1500, 1400), True), ((0, 1500), False)])
def test_a_size_that_is_not_known_is_no_other_size(sizes: tuple[int, ...], differ: bool) -> None:
    view = View(evidence=(links("client", *sizes),))
    assert path_mtu.suspected(view) is differ
