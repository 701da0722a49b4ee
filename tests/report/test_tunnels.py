"""What lies inside of a tunnel is told with the way that goes through it: text, JSON, picture."""

from __future__ import annotations

from tests.analysis.test_tunnels import attempted, case_of, denied, findings, network
from workbench.analysis.rank import judge
from workbench.analysis.read import read
from workbench.report.path_figure import path_figure
from workbench.report.picture import describe, load
from workbench.terminal.summary import summary


def test_the_outer_way_is_told_with_both_directions() -> None:
    verdict = judge(findings("gre"))
    told = verdict.as_dict()["tunnels"]
    assert [one["path"] for one in told] == [["r1", "r3", "r2"], ["r2", "r3", "r1"]]
    assert told[0] | {"path": []} == {
        "direction": "forward",
        "device": "r1",
        "interface": "tun0",
        "kind": "gre",
        "to": "r2",
        "flow": "gre 172.16.1.1 > 172.16.2.2",
        "path": [],
        "label": "inside tunnel tun0 (gre): r1 > r3 > r2",
    }
    assert "out, inside tunnel tun0 (gre): r1 > r3 > r2" in summary(verdict)


def test_one_that_does_not_tell_where_it_leads() -> None:
    net = network("gre")
    for name, number in (("r1", 1), ("r2", 2)):
        net.address(name, "tun0", f"10.99.0.{number}/30")
    (out, _) = judge(read(case_of(net, "tun"))).as_dict()["tunnels"]
    assert (out["flow"], out["path"], out["label"]) == (None, [], "inside tunnel tun0 (tun): r1 > ? > r2")


def test_a_way_without_tunnels_tells_none() -> None:
    net = network("gre")
    assert judge(read(net.case("tcp 172.16.1.1:4000 > 172.16.2.2:443"))).as_dict()["tunnels"] == []


def test_what_is_lost_below_is_drawn_where_it_goes_in() -> None:
    net = denied("gre")
    attempted(net, "gre")
    found = findings("gre", net)
    picture = load(describe(found, judge(found)))
    hop = next(one for one in picture.forward.hops if one.name == "r1")
    assert hop.tunnel == "inside tunnel tun0 (gre): r1 > r3 > r2"
    assert hop.drop is not None and hop.drop.endswith("never came out of tun0: it stops at r3")
    assert "inside tunnel tun0 (gre): r1" in str(path_figure(describe(found, judge(found))))
