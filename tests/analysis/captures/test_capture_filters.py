"""Which direction does the filter of a capture let through? Where that cannot be known, both."""

from __future__ import annotations

import pytest

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from workbench.analysis.captures.capture_filters import (
    leaves_out,
    shows_later_fragments,
    shows_some,
)
from workbench.analysis.case.case import Case

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")


def case(*commands: str) -> Case:
    evidence = tuple(
        Evidence(
            f"e{n}",
            Query("srv", Question.CAPTURE, QueryParams()),
            Status.ANSWERED,
            command,
            pasted_by="me",
        )
        for n, command in enumerate(commands)
    )
    return Case(FLOW, Inventory((Device("srv", Role.HOST),)), evidence)


@pytest.mark.parametrize(
    ("command", "there", "back"),
    [
        ("tcpdump -ni eth0 'src host 203.0.113.10 and port 43122'", True, False),
        ("tcpdump -ni eth0 dst port 443", False, True),
        ("tcpdump -ni eth0 src net 192.0.2.0/24", False, True),
        ("tshark -i eth0 -Y 'ip.src == 203.0.113.10'", True, False),
        ("tcpdump -ni eth0 host 203.0.113.10", False, False),
        ("tcpdump -ni eth0 src or dst host 203.0.113.10", False, False),
        ("tcpdump -ni eth0 not src host 203.0.113.10", False, False),
        ("tcpdump -ni eth0 src host db1.example", False, False),
    ],
)
def test_a_filter_lets_a_direction_through(command: str, there: bool, back: bool) -> None:
    assert leaves_out(case(command), "srv", FLOW) is there
    assert leaves_out(case(command), "srv", FLOW.reversed()) is back


def test_two_captures_of_one_direction_each_show_both() -> None:
    both = case("tcpdump -i eth0 src host 203.0.113.10", "tcpdump -i eth1 dst host 203.0.113.10")
    assert not leaves_out(both, "srv", FLOW) and not leaves_out(both, "srv", FLOW.reversed())


def test_a_filter_on_flags_shows_some_packets() -> None:
    assert shows_some(case("tcpdump -ni eth0 'tcp[13] & 2 != 0'"), "srv")
    assert not shows_some(case("tcpdump -ni eth0 tcp port 443"), "srv")


@pytest.mark.parametrize(
    ("command", "shows"),
    [
        ("tcpdump -ni eth0 udp port 53", False),
        ("tshark -i eth0 -Y 'udp.port == 53'", False),
        ("tcpdump -ni eth0 udp", True),
        ("tcpdump -ni eth0 host 192.0.2.20", True),
        ("tcpdump -ni eth0 udp port 53 or 'ip[6:2] & 0x1fff != 0'", True),
        ("", True),
    ],
)
def test_a_filter_for_ports_leaves_the_later_parts_of_datagrams_out(
    command: str, shows: bool
) -> None:
    assert shows_later_fragments(case(command), "srv") is shows
