"""Where does a packet end, as captures and logs show it, and on which answers does that rest?"""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.records import Packet
from tests.analysis.handshake import AGAIN, DATA, SYN, SYN_ACK, came, through, went
from tests.analysis.long_ways import Wire
from tests.analysis.topology import Net, packet
from tests.analysis.trace.test_walk import BACK, FLOW, line, pair
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop, LastSeen
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read


def the_drop(net: Net) -> Drop:
    """The only place where packets end."""
    (drop,) = read(net.case(FLOW)).drops
    return drop


def captures(case: Case, *devices: str) -> tuple[str, ...]:
    """The ids of what these devices captured, device by device."""
    return tuple(item.id for name in devices for item in case.usable(name, Question.CAPTURE))


def watch(net: Net, device: str, interface: str, *packets: Packet) -> None:
    """A capture on one interface only."""
    net.tell(device, Question.CAPTURE, *packets, interface=interface)


def test_it_came_in_and_did_not_go_out() -> None:
    """[c1] -- (r1) -- (r2) -- [s1]: r1 keeps both SYNs"""
    net = line("r1", "r2")
    net.capture("r1", came(SYN), came(AGAIN))
    net.capture("r2")
    drop = the_drop(net)
    assert (drop.node, drop.interface, drop.packet) == ("r1", "eth0", "SYN")
    assert (drop.last_seen, drop.after, drop.reverse) == (LastSeen.COMING_IN, None, False)
    assert drop.where == "2 SYN packets came in on eth0 and did not go out"
    assert drop.evidence == captures(net.case(FLOW), "r1")


def test_that_nothing_went_out_rests_on_the_capture_of_the_way_out_too() -> None:
    """r1 watches each interface apart, and nothing is seen on the second one."""
    net = line("r1", "r2")
    watch(net, "r1", "eth0", came(SYN), came(AGAIN))
    watch(net, "r1", "eth1")
    drop = the_drop(net)
    assert (drop.node, drop.last_seen) == ("r1", LastSeen.COMING_IN)
    assert drop.evidence == captures(net.case(FLOW), "r1")


def test_it_left_one_device_and_never_reached_the_next() -> None:
    net = line("r1", "r2")
    net.capture("r1", *through(SYN, "eth0", "eth1"), *through(AGAIN, "eth0", "eth1"))
    net.capture("r2")
    drop = the_drop(net)
    assert (drop.node, drop.interface, drop.after) == ("r1", "eth1", "r2")
    assert drop.last_seen is LastSeen.LEAVING
    assert drop.evidence == captures(net.case(FLOW), "r1", "r2"), "r2's silence is half the proof"


def test_that_it_never_came_rests_on_the_capture_of_the_way_in() -> None:
    """r2 was watched on both of its interfaces: only the one towards r1 would have seen it."""
    net = line("r1", "r2")
    net.capture("r1", *through(SYN, "eth0", "eth1"), *through(AGAIN, "eth0", "eth1"))
    watch(net, "r2", "eth0")
    watch(net, "r2", "eth2")
    case = net.case(FLOW)
    drop = the_drop(net)
    facing, _ = captures(case, "r2")
    assert drop.evidence == (*captures(case, "r1"), facing)


def test_what_only_the_way_out_showed_is_joined_by_the_way_in() -> None:
    """r2 sent a RST on, and its other capture shows that no SYN came."""
    net = line("r1", "r2")
    net.capture("r1", *through(SYN, "eth0", "eth1"), *through(AGAIN, "eth0", "eth1"))
    watch(net, "r2", "eth0")
    watch(net, "r2", "eth1", went(packet(FLOW, "R", 900, at=0.9), "eth1"))
    drop = the_drop(net)
    assert (drop.node, drop.after) == ("r1", "r2")
    assert set(drop.evidence) == set(captures(net.case(FLOW), "r1", "r2"))


def test_between_two_that_watched_the_one_that_cannot_be_asked_is_named() -> None:
    """[c1] -- (r1) -- 10.0.2.1 -- (r3) -- [s1]"""
    net = line("r1", "r2", "r3")
    net.nodes["r2"].unmanaged = True
    net.capture("r1", *through(SYN, "eth0", "eth1"), *through(AGAIN, "eth0", "eth1"))
    net.capture("r3")
    drop = the_drop(net)
    assert (drop.node, drop.interface, drop.after) == ("10.0.2.1", None, "r3")
    assert drop.evidence == captures(net.case(FLOW), "r1", "r3")


def test_it_arrived_and_was_not_answered() -> None:
    net = line("r1")
    net.capture("s1", came(SYN), came(AGAIN))
    drop = the_drop(net)
    assert (drop.node, drop.last_seen) == ("s1", LastSeen.ARRIVED)
    assert drop.where == "arrived twice at s1 and was not answered"
    assert drop.evidence == captures(net.case(FLOW), "s1")


def test_an_answer_ends_nothing() -> None:
    net = line("r1")
    net.capture("r1", *through(SYN, "eth0", "eth1"), *through(SYN_ACK, "eth1", "eth0"))
    net.capture("s1", came(SYN), went(SYN_ACK))
    assert read(net.case(FLOW)).drops == ()


def test_a_single_packet_at_the_end_may_still_be_on_its_way() -> None:
    """Data is not lost where only the newest piece of it is missing."""
    net = line("r1")
    newest = packet(FLOW, "P.", 1101, 7001, at=1.9, payload=100)
    net.capture("r1", *through(DATA, "eth0", "eth1"), came(newest))
    assert read(net.case(FLOW)).drops == ()


def test_what_is_lost_by_chance_ends_nowhere() -> None:
    """[c1] -- (r1) -- [s1]: r1 loses some, and the same packets pass when they are sent again"""
    wire = Wire(0.04)
    at, seq = wire.handshake(0.6), 1001
    for number in range(40):
        at += 0.12
        if number in {3, 9, 16, 18, 30}:
            wire.send(at, "P.", seq, 7001, payload=100, lost="r1")
            at += 0.3
        wire.send(at, "P.", seq, 7001, payload=100)
        seq += 100
        wire.reply(at + wire.rtt / 2, ".", 7001, seq)
    found = read(wire.case((0.0, 9.0)))
    assert [one.node for one in found.thinned] == ["r1"]
    assert (found.drop, found.drops) == (None, ())


def test_of_several_the_one_that_tells_most_comes_first() -> None:
    """[c1] -- (r1) -> <f1> -> (r2) -- [s1], back by <f2>: the SYN-ACK ends there, and the client's
    reset at f1"""
    net = pair()
    reset = [packet(FLOW, "R", 1001, at=at) for at in (3.0, 4.0)]
    net.capture("f1", *through(SYN, "eth0", "eth1"), *(came(one) for one in reset))
    answers = (SYN_ACK, packet(BACK, "S.", 7000, 1001, at=2.1))
    net.capture("f2", *(came(one, "eth1") for one in answers))
    found = read(net.case(FLOW))
    assert [(one.node, one.packet) for one in found.drops] == [("f2", "SYN-ACK"), ("f1", "RST")]
    assert found.drop == found.drops[0]


def test_what_arrived_comes_after_what_was_lost_on_the_way() -> None:
    """The server that does not answer is no riddle where its answers are seen to be lost."""
    net = line("r1", "r2")
    late = packet(FLOW, "S", 2000, at=2.5)
    net.capture("s1", came(SYN), came(AGAIN), went(SYN_ACK), came(late), came(late))
    net.capture("r2", came(SYN_ACK, "eth1"))
    kinds = [one.last_seen for one in read(net.case(FLOW)).drops]
    assert kinds == sorted(kinds, key=lambda kind: kind is LastSeen.ARRIVED)
    assert kinds[0] is LastSeen.COMING_IN


def test_the_verdict_object_names_the_answers_that_show_its_drop() -> None:
    net = line("r1", "r2")
    net.capture("r1", *through(SYN, "eth0", "eth1"), *through(AGAIN, "eth0", "eth1"))
    net.capture("r2")
    case = net.case(FLOW)
    assert judge(read(case)).as_dict()["drop"] == {
        "node": "r1",
        "interface": "eth1",
        "packet": "SYN",
        "where": "2 SYN packets left r1 on eth1 and never reached r2",
        "last_seen": "leaving",
        "evidence": list(captures(case, "r1", "r2")),
    }
