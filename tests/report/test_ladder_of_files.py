"""The ladder of capture files alone: packets matched across clocks, NAT, rewritten IDs and cut
segments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from collectors.model.records import Packet
from tests.analysis.captures.test_few_points import at, points, translated
from tests.analysis.handshake import AGAIN, SYN, SYN_ACK
from workbench.analysis.captures.clocks import offsets
from workbench.report.picture.ladder import describe_ladder, wholes

HOUR = 3600.0


def later(seconds: float, *packets: Packet) -> tuple[Packet, ...]:
    """The same packets, some time later or by another clock."""
    return tuple(replace(packet, time=packet.time + seconds) for packet in packets)


def rows(**captures: tuple[Packet, ...]) -> list[dict[str, Any]]:
    """The transmissions of the ladder."""
    found = describe_ladder(points(**captures))
    assert found is not None
    return list(found["rows"])


def test_points_with_other_clocks_and_other_addresses_share_one_line() -> None:
    """[client] - (inside) - {NAT} - (outside, an hour ahead) - [server]"""
    asked, answered = translated(SYN), translated(SYN_ACK)
    outside = later(HOUR, *at(62, asked), *at(63, answered))
    found = rows(
        client=at(64, SYN),
        inside=at(63, SYN),
        outside=outside,
        server=(*at(61, asked), *at(64, answered)),
    )
    assert [(row["label"], set(row["seen"])) for row in found] == [
        ("SYN", {"client", "inside", "outside", "server"}),
        ("SYN-ACK", {"server", "outside"}),
    ]
    assert [row["lost"] for row in found] == [False, True]


def test_the_clock_of_a_file_is_told_by_its_packets() -> None:
    clocks = offsets(points(client=at(64, SYN, AGAIN), server=later(-HOUR, *at(63, SYN, AGAIN))))
    assert round(clocks["server"]) == -HOUR and "client" not in clocks


def test_clocks_that_agree_are_left_alone() -> None:
    assert not offsets(points(client=at(64, SYN), server=later(0.02, *at(63, SYN))))


def test_the_second_try_is_another_line_also_where_ids_are_rewritten() -> None:
    """A box writes its own IP IDs: 4711 outside, whatever they were inside."""
    found = rows(client=at(64, SYN, AGAIN), outside=at(63, translated(SYN), translated(AGAIN)))
    assert [(row["again"], set(row["seen"])) for row in found] == [
        (0, {"client", "outside"}),
        (1, {"client", "outside"}),
    ]


def test_a_try_that_one_point_missed_is_told_by_its_id() -> None:
    first, second = replace(SYN, ip_id=1), replace(AGAIN, ip_id=2, time=SYN.time + 0.1)
    found = rows(client=at(64, first, second), server=at(63, second))
    assert [set(row["seen"]) for row in found] == [{"client"}, {"client", "server"}]


def test_a_segment_that_is_cut_on_the_way_is_one_line() -> None:
    """The sender's capture shows what its card cuts later."""
    big = replace(SYN, flags="P.", seq=100_000, ack=7, payload=2896, length=2948, time=3.0)
    pieces = [
        replace(big, seq=100_000 + n * 1448, payload=1448, flags=".", ip_id=n + 9) for n in (0, 1)
    ]
    found = rows(client=at(64, SYN, big), wire=at(63, SYN, *pieces))
    assert [(row["label"], row["detail"], set(row["seen"])) for row in found][1:] == [
        ("data", "2896 B", {"client", "wire"})
    ]
    assert wholes([big, *pieces]) == {100_000: 100_000, 101_448: 100_000}
