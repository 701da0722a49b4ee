"""What a run may send by itself is shown before it runs, for every probing step, with its
bounds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from collectors.platforms.linux.probes import SWEEP
from collectors.playbook import STEPS
from collectors.playbook.port_sweep import PORTS
from workbench.incidents.models import Run
from workbench.web.presenters.probes import probes


def test_every_step_that_sends_packets_tells_how_many() -> None:
    assert [step.id for step in STEPS if step.probe is not bool(step.sends)] == []
    levels = [probe.level for probe in probes()]
    assert levels == sorted(levels, reverse=True) and set(levels) == {"gentle", "full"}


def test_the_sweep_keeps_its_bound() -> None:
    assert len(PORTS) <= SWEEP


@pytest.mark.django_db
def test_both_pages_that_start_a_run_show_them(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    for path in ("/incidents/new", f"/incidents/{judged_run.incident_id}"):
        page = browse("responder").get(path).content.decode()
        assert "32 connects from the client" in page, path
