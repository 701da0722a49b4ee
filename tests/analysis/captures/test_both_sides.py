"""A device watched on two interfaces: the order of its own packets tells in from out, translated or
not."""

from __future__ import annotations

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.records import Packet
from workbench.analysis.captures.interface_sides import outgoing_by_order

CAME = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.9:80")
LEFT = Flow.parse("tcp 192.0.2.20:43122 > 10.1.0.2:80")


def seen(time: float, flow: Flow, seq: int = 3_072_849_193) -> Packet:
    return Packet(time, None, None, flow, 60, flags="S", seq=seq)


def capture(interface: str, *packets: Packet) -> Evidence:
    return Evidence(
        "p",
        Query("nat", Question.CAPTURE, QueryParams(interface=interface)),
        Status.ANSWERED,
        records=packets,
    )


def order(*captures: Evidence) -> list[bool | None]:
    every = [(item, packet) for item in captures for packet in item.of(Packet)]
    found = outgoing_by_order(every)
    return [found.get(id(packet)) for _, packet in every]


def test_the_first_interface_is_where_it_came_in() -> None:
    assert order(capture("wg0", seen(1.0002, LEFT)), capture("eth0", seen(1.0001, CAME))) == [
        True,
        False,
    ]


def test_what_is_sent_again_keeps_its_interfaces() -> None:
    eth0, wg0 = (
        capture("eth0", seen(1.0, CAME), seen(2.0, CAME)),
        capture("wg0", seen(1.0001, LEFT), seen(2.0001, LEFT)),
    )
    assert order(eth0, wg0) == [False, False, True, True]


def test_one_interface_or_the_same_moment_tells_nothing() -> None:
    assert order(capture("eth0", seen(1.0, CAME), seen(2.0, CAME))) == [None, None]
    assert order(capture("eth0", seen(1.0, CAME)), capture("wg0", seen(1.0, LEFT))) == [None, None]


def test_relative_sequence_numbers_are_no_mark() -> None:
    assert order(capture("eth0", seen(1.0, CAME, 1)), capture("wg0", seen(1.0001, LEFT, 1))) == [
        None,
        None,
    ]
