"""What lies inside of a tunnel is reported with the way that goes through it: text, JSON,
picture."""

from __future__ import annotations

from tests.analysis.handshake import came
from tests.analysis.tunnel_networks import (
    FLOW,
    attempted,
    case_of,
    denied,
    findings,
    network,
    segment,
)
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read
from workbench.report.figures.ladder_figure import says
from workbench.report.figures.path_figure import path_figure
from workbench.report.picture.ladder import describe_ladder
from workbench.report.picture.picture import describe, load
from workbench.terminal.summary import summary


def test_the_outer_way_is_told_with_both_directions() -> None:
    verdict = judge(findings("gre"))
    tunnels = verdict.as_dict()["tunnels"]
    assert [one["path"] for one in tunnels] == [["r1", "r3", "r2"], ["r2", "r3", "r1"]]
    assert tunnels[0] | {"path": []} == {
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
    out, _ = judge(read(case_of(net, "tun"))).as_dict()["tunnels"]
    assert (out["flow"], out["path"], out["label"]) == (
        None,
        [],
        "inside tunnel tun0 (tun): r1 > ? > r2",
    )


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


def test_the_ladder_has_no_packet_at_a_device_that_it_does_not_show() -> None:
    """The middle device looks into the tunnel, so it sees the flow's own packets; it is on the
    tunnel's way only."""
    net = network("gre")
    attempted(net, "gre", reaches=True)
    inside = [segment(FLOW, 10 + n, 1.0 + n, inside=True) for n in range(3)]
    net.capture("r3", *(came(packet, "eth0") for packet in inside))
    ladder = describe_ladder(findings("gre", net))
    assert ladder is not None
    names = [point["device"] for point in ladder["points"]]
    assert "r3" not in names
    assert ladder["rows"]
    assert all({row["first"], row["last"], *row["seen"]} <= set(names) for row in ladder["rows"])
    assert all(says(row, names) for row in ladder["rows"])


def test_a_ladder_that_names_a_device_without_a_column_is_still_told() -> None:
    """Kept runs may hold such rows."""
    row = {"lost": False, "again": 0, "seen": {"c1": 0.0, "r3": 0.1}, "first": "c1", "last": "r3"}
    assert says(row, ["c1", "s1"]) == "reached r3"
