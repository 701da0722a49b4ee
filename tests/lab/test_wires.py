"""Long wires: where are they laid, what comes out of them and when, and does a real network run
over them?"""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

import pytest

from workbench.lab.build.namespaces import run_inside
from workbench.lab.build.running import running
from workbench.lab.build.wires import Wan, in_words, stretched, wires_on
from workbench.lab.declare.shapes import links, plain
from workbench.lab.declare.words import Lab, Lane, Segment, Talk, Truth, Wire
from workbench.lab.inside.relay import WireDirection
from workbench.lab.topologies import LABS, lab_named

WAY = "client r1 r2 server"
STILL = {"delay": 0.0, "jitter": 0.0, "lost": 0.0, "twice": 0.0, "late": 0.0}


def lab(
    segments: tuple[Segment, ...], forward: str, reverse: str, wires: tuple[Wire, ...] = ()
) -> Lab:
    truth = Truth(lab_named("asym-routers").truth.cause, forward, reverse)
    nodes = plain(" ".join(dict.fromkeys(f"{forward} {reverse}".split())))
    return Lab(
        "x",
        "x",
        nodes,
        segments,
        (forward, reverse),
        (Talk("client", "server"),),
        truth,
        wires=wires,
    )


def laid(found: Lab) -> list[tuple[str, str | None]]:
    return [(wire.segment, wire.at) for wire in found.wires]


def test_a_wire_is_said_in_milliseconds_and_percent() -> None:
    assert Wan.parse("150,5,0.5") == Wan(150, 5, 0.005)
    assert Wan.parse("60") == Wan(60) and Wan.parse("0") is None
    assert Wan.parse("0,0,8%") == Wan(0, 0, 0.08)
    assert str(Wan(150)) == "150" and str(Wan(150, 0, 0.005)) == "150,0,0.5"
    assert in_words(Wan(150, 5, 0.005)) == "150 ms, jitter ± 5 ms, 0.5 % loss"


@pytest.mark.parametrize("text", ["", "fast", "1,2,3,4", "-5", "nan", "inf", "1e9"])
def test_what_is_no_wire_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"A wire is MS\[,JITTER\[,LOSS\]\]"):
        Wan.parse(text)


def test_both_directions_cross_one_wire_where_they_share_a_link() -> None:
    """[client] -- (r1) ==wire== (r2) -- [server]"""
    found = stretched(lab(links(WAY), WAY, "server r2 r1 client"), Wan(150, 4, 0.01))
    assert laid(found) == [("r1-r2", "r1")]
    assert found.wires[0].there == found.wires[0].returning == Lane(75, 4, 0.01)
    assert found.lag == pytest.approx(0.158)


def test_on_a_bridged_network_the_wire_is_the_leg_of_a_node_that_both_cross() -> None:
    """[client] ==wire== LAN{r1, r2}: requests leave by r1, replies come by r2"""
    lan = Segment("lan", "client r1 r2")
    found = stretched(
        lab((lan, *links("r1 server", "r2 server")), "client r1 server", "server r2 client"),
        Wan(60),
    )
    assert laid(found) == [("lan", "client")]


def test_without_a_common_link_each_direction_has_a_wire_of_its_own() -> None:
    chains = links("client r1 server", "client r2 server")
    found = stretched(lab(chains, "client r1 server", "server r2 client"), Wan(60))
    assert sorted(laid(found)) == [("client-r2", "client"), ("r1-server", "r1")]


@pytest.mark.parametrize("known", LABS, ids=lambda known: known.name)
def test_every_lab_can_be_stretched(known: Lab) -> None:
    found = stretched(known, Wan(60)).wires[len(known.wires) :]
    assert 1 <= len(found) <= 2


def test_a_lane_is_seen_from_the_node_that_it_leaves() -> None:
    one_way = Wire("r1-r2", Lane(lost=0.1), Lane(), at="r2")
    (seen,) = wires_on(lab(links(WAY), WAY, WAY, (one_way,)), links(WAY)[1]).values()
    assert (seen.there.lost, seen.returning.lost) == (
        0.0,
        0.1,
    ), "from r1, the first member, nothing is lost"


def test_two_wires_on_one_link_act_as_one() -> None:
    twice = (Wire("r1-r2", Lane(30, lost=0.5)), Wire("r1-r2", Lane(20, lost=0.5)))
    (seen,) = wires_on(lab(links(WAY), WAY, WAY, twice), links(WAY)[1]).values()
    assert (seen.there.delay, seen.there.lost) == (50, 0.75)


def lane(**manner: float) -> WireDirection:
    with socket.socket() as nowhere:
        return WireDirection(nowhere, STILL | manner, random.Random(1))


def test_jitter_alone_changes_no_order() -> None:
    way = lane(delay=50, jitter=20)
    dues = [due for number in range(500) for due in way.dues(number / 1000)]
    assert dues == sorted(dues) and len(dues) == 500
    waits = [due - number / 1000 for number, due in enumerate(dues)]
    assert min(waits) >= 0.03 and max(waits) < 0.0701


def test_late_frames_are_overtaken() -> None:
    way = lane(delay=50, late=0.1)
    dues = [due for number in range(500) for due in way.dues(number / 1000)]
    assert dues != sorted(dues) and len(dues) == 500


def test_a_share_is_lost_and_a_share_comes_twice() -> None:
    lossy, doubling = lane(lost=0.1), lane(twice=0.1)
    assert 60 < sum(not list(lossy.dues(0.0)) for _ in range(1000)) < 140
    assert 60 < sum(len(list(doubling.dues(0.0))) == 2 for _ in range(1000)) < 140


SEGMENTS = (
    "timeout 6 tcpdump -i any -n -c 12 -vv 'tcp port 5432 and tcp[12:1] & 0xf0 > 0x50' 2>/dev/null"
)


@pytest.mark.lab
def test_a_real_flow_takes_as_long_as_the_wire_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The round trip is the wire's, logins are not slowed, checksums are real, and nothing is
    left."""
    monkeypatch.setenv("BOTHWAYS_LAB_DIR", str(tmp_path))
    with running("asym-routers", 0, Wan(80)) as up:
        assert up.plan.lab.wires, "who reads the state knows of the wire"
        pings = run_inside(up.pid("client"), f"ping -c 4 -i 0.2 {up.flow.dst}").stdout
        fastest = float(pings.rpartition("= ")[2].split("/")[0])
        assert fastest >= 80
        heard = run_inside(up.pid("server"), SEGMENTS).stdout
        assert "(correct)" in heard and "incorrect" not in heard
        assert any(attempt["ok"] for attempt in up.outcomes())
        assert json.loads((up.home / "lab.json").read_text())["wan"] == "80"
    assert not up.home.exists()
