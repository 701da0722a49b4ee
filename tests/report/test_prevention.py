"""What is proposed so that it does not happen again fits the cause, and names its devices."""

from __future__ import annotations

import pytest

from tests.web import story
from workbench.analysis.case.verdict import HEALTHY, Cause
from workbench.report.postmortem.prevention import proposals

BROKEN = [cause for cause in Cause if cause not in HEALTHY]
VERDICT = story.verdict().as_dict()


def test_it_names_the_devices_of_this_incident() -> None:
    by_seed = {one.seed: one.text for one in proposals(VERDICT)}
    assert "fw-a, fw-b" in by_seed["prove-sharing"]
    assert "r3" in by_seed["symmetry-by-routing"]
    assert "node_nf_conntrack_stat_invalid" in by_seed["signal-1"]


@pytest.mark.parametrize("cause", BROKEN)
def test_every_cause_has_a_proposal(cause: Cause) -> None:
    found = proposals(VERDICT | {"root_cause": cause.value})
    assert found
    assert len({one.seed for one in found}) == len(found)
    assert all(one.kind in ("prevent", "detect", "mitigate") for one in found)


def test_what_is_not_state_is_not_blamed_on_state() -> None:
    seeds = {one.seed for one in proposals(VERDICT | {"root_cause": "host_down"})}
    assert "supervise-the-service" in seeds
    assert not seeds & {"prove-sharing", "no-hash-across-state", "reverse-path-policy"}


@pytest.mark.parametrize(
    "verdict", [None, {}, VERDICT | {"verdict": "healthy"}, {"verdict": "inconclusive"}]
)
def test_nothing_is_proposed_where_nothing_is_broken(verdict: dict[str, object] | None) -> None:
    assert proposals(verdict) == ()


def test_a_verdict_that_names_little_is_enough() -> None:
    bare = {"verdict": "broken", "root_cause": "asym_stateful_fw"}
    assert proposals(bare)
