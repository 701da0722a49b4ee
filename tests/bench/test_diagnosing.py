"""The time to a verdict is held against OpenSSH asking the same things, on networks that exist."""

from __future__ import annotations

import time

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from workbench.bench.diagnosing import NETWORKS, floor
from workbench.bench.farm import Farm
from workbench.lab.topologies import lab_named


def test_the_networks_are_as_large_as_the_figures_say() -> None:
    sizes = {name: len(lab_named(lab).nodes) for name, lab, _ in NETWORKS}
    assert sizes == {"diagnose.six": 6, "diagnose.long": 16, "diagnose.twenty_eight": 28}
    truth = lab_named("long-rings").truth
    assert len({*truth.forward.split(), *truth.reverse.split()}) == 28, (
        "every device is on the flow's way"
    )


def test_the_floor_asks_everything_but_what_fills_the_window() -> None:
    with Farm(2) as farm:
        inventory = farm.inventory(farm.ports)
        asked = [_said(device.name, "sleep 0.2") for device in inventory.devices]
        watched = [_said(device.name, "sleep 60", 60.0) for device in inventory.devices]
        began = time.monotonic()
        assert floor(inventory, [*asked, *watched]) >= 0.2
        assert time.monotonic() - began < 30


def _said(device: str, command: str, seconds: float | None = None) -> Evidence:
    query = Query(device, Question.IDENTITY, QueryParams(seconds=seconds))
    return Evidence("e1", query, Status.ANSWERED, command)
