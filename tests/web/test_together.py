"""What several answers say only together: both traceroutes, several looks at a neighbour, all
members of a group."""

from __future__ import annotations

from ipaddress import ip_address

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.records import Neighbour, Record, Session, TraceReply, Traceroute
from workbench.web.presenters.together import together

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")


def answer(device: str, question: Question, *records: Record) -> Evidence:
    """What a device said."""
    params = QueryParams(flow=FLOW, flows=(FLOW, FLOW.reversed()))
    return Evidence(device, Query(device, question, params), Status.ANSWERED, records=records)


def trace(device: str, hops: int, arrived: bool = True) -> Evidence:
    """A traceroute of so many hops."""
    replies = tuple(
        TraceReply(n + 1, ip_address(f"10.0.0.{n + 1}"), reached=arrived and n == hops - 1)
        for n in range(hops)
    )
    return answer(device, Question.TRACE, Traceroute(FLOW.dst, "tcp", replies))


def neighbour(mac: str) -> Evidence:
    """One sample."""
    return answer(
        "client",
        Question.NEIGHBOURS,
        Neighbour(ip_address("192.0.2.1"), "eth0", mac, ("REACHABLE",)),
    )


def test_ways_of_another_length_differ() -> None:
    assert together("traceroute", [trace("client", 3), trace("server", 4)]).endswith(
        "the two ways differ."
    )
    assert "do not show" in together("traceroute", [trace("client", 3), trace("server", 3)])
    halfway = together("traceroute", [trace("client", 3), trace("server", 5, False)])
    assert (
        halfway
        == "Not both traceroutes arrived: that from client did, after 3 hops; that from server ends"
        " behind 10.0.0.5."
    )
    assert together("traceroute", [trace("client", 3)]) == ""


def test_a_gateway_that_moves_between_two_looks_is_told() -> None:
    first, second = neighbour("02:00:00:00:00:01"), neighbour("02:00:00:00:00:02")
    moved = together("neighbours", [first, second])
    assert moved == "On client, 192.0.2.1 moved from 02:00:00:00:00:01 to 02:00:00:00:00:02."
    assert together("neighbours", [first, first]).endswith("no address moved to another machine.")
    assert together("neighbours", [first]) == ""


def test_who_holds_the_session_and_who_does_not() -> None:
    held = answer(
        "fw-a", Question.SESSIONS, Session(FLOW, FLOW.reversed(), "SYN_SENT", unreplied=True)
    )
    assert (
        together("sessions", [held, answer("fw-b", Question.SESSIONS)])
        == "Held by fw-a; unknown to fw-b."
    )
    assert together("sessions", [held]) == ""


def test_most_answers_speak_for_themselves() -> None:
    assert together("rules", [answer("fw-a", Question.RULES)]) == ""
