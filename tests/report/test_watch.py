"""Each cause names the signals that would have shown it."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.analysis.case.verdict import Cause
from workbench.report.postmortem.alerts import watches

SILENT = {Cause.HEALTHY_SYMMETRIC, Cause.HEALTHY_ASYMMETRIC}


def verdict(cause: Cause, **more: Any) -> dict[str, Any]:
    return {
        "root_cause": cause.value, "verdict": "broken", "guilty_node": "fw-b", "decided_by": "r2",
        "forward_path": ["c1", "fw-a", "s1"], "reverse_path": ["s1", "r2", "fw-b", "c1"], "unreached": [],
        "state_boundaries": {"forward": ["fw-a"], "reverse": ["fw-b"]},
    } | more  # fmt: skip


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause not in SILENT])
def test_every_fault_leaves_something_to_watch(cause: Cause) -> None:
    found = watches(verdict(cause))
    assert found and all(one.expression.count("{instance=~") == one.expression.count("node_") or "up{" in one.expression
                         for one in found)  # fmt: skip
    assert {"c1", "s1"} <= {one.device for one in found}


def test_a_firewall_that_refused_for_want_of_a_session_is_watched_for_more_of_it() -> None:
    first = watches(verdict(Cause.ASYM_STATEFUL_FW))[0]
    assert first.device == "fw-b"
    assert (
        first.expression
        == 'rate(node_nf_conntrack_stat_invalid{instance=~"fw-b(:[0-9]+)?"}[5m]) > 0.1'
    )


def test_who_decided_the_way_is_watched_for_changes() -> None:
    assert ("r2", "routes that come and go") in {
        (w.device, w.says) for w in watches(verdict(Cause.ECMP_ASYM_STATEFUL))
    }


def test_a_link_that_loses_packets_is_watched_at_both_ends() -> None:
    judged = verdict(Cause.PACKET_LOSS, guilty_node="r2", direction="reverse")
    found = [
        (one.device, one.expression) for one in watches(judged) if "node_network_" in one.expression
    ]
    assert [device for device, _ in found] == [
        "r2",
        "fw-b",
    ], "who sends into it, and who should get it"
    assert all("receive_errs_total" in rule and "transmit_drop_total" in rule for _, rule in found)
    assert ("r2", True) in {
        (one.device, "node_qdisc_drops_total" in one.expression) for one in watches(judged)
    }


def test_a_loss_between_devices_that_cannot_be_asked_is_watched_from_this_side() -> None:
    judged = verdict(
        Cause.PACKET_LOSS,
        guilty_node=None,
        direction="forward",
        drop={"node": "fw-a"},
        unreached=["s1"],
    )
    assert {one.device for one in watches(judged) if "node_network_" in one.expression} == {"fw-a"}


def test_a_healthy_flow_needs_no_alert() -> None:
    assert watches(verdict(Cause.HEALTHY_ASYMMETRIC, verdict="healthy", guilty_node=None)) == ()


def test_an_end_that_nobody_reaches_tells_no_exporter_anything() -> None:
    found = watches(verdict(Cause.TRANSIT_POLICY_DENY, unreached=["c1"]))
    assert "c1" not in {one.device for one in found}


def test_a_name_cannot_leave_its_quotes() -> None:
    [first, *_] = watches(verdict(Cause.RP_FILTER_STRICT, guilty_node='a"} or vector(1) #.'))
    assert '{instance=~"a\\"\\\\}' in first.expression
