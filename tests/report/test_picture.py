"""Findings become a picture that survives JSON."""

from __future__ import annotations

import json

from tests.web import story
from workbench.report.picture import describe, load


def test_what_is_described_can_be_stored_and_drawn_again() -> None:
    told = describe(story.findings(), story.verdict())
    assert json.loads(json.dumps(told)) == told
    assert load(told).reverse.hops[2].drop == "SYN-ACK: forward chain, rule ct state invalid drop"


def test_hops_beyond_the_drop_are_expected_only() -> None:
    told = load(describe(story.findings(), story.verdict()))
    assert [hop.reached for hop in told.reverse.hops] == [True, True, True, False, False]
    assert all(hop.reached for hop in told.forward.hops)
    assert (told.forward.ok, told.reverse.ok) == (True, False)


def test_a_walk_under_way_is_not_complete() -> None:
    told = load(describe(story.findings(2, seen=False)))
    assert not told.forward.complete
    assert told.forward.hops[0].end
    assert not told.forward.hops[1].end


def test_fields_of_another_version_are_left_out() -> None:
    told = describe(story.findings())
    told["forward"]["hops"][0]["from the future"] = 1
    del told["divergent"]
    assert load(told).divergent is False
