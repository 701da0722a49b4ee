"""A device whose tables end the way back, and that was captured sending replies on: its route comes
and goes.

[c1] -- (r1) -- [s1]: r1 has a null route for the client whenever it is asked.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.records import Route
from tests.analysis.long_ways import Wire
from tests.analysis.trace.test_walk import FLOW
from workbench.analysis.case.case import Case
from workbench.analysis.case.verdict import HEALTHY, Cause, Ranked
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read

CLIENT = Flow.parse(FLOW).src
NULL = Route(ip_network(CLIENT), "main", "blackhole", ())
RTT = 0.01


def working() -> Case:
    """A handshake, a question and its answer, seen at all three."""
    wire = Wire(RTT)
    now = wire.handshake(1.0)
    wire.send(now, "P.", 1001, 7001, payload=100)
    wire.reply(now + RTT, "P.", 7001, 1101, payload=200)
    wire.send(now + 2 * RTT, ".", 1101, 7201)
    return wire.case()


def asked(*moments: float) -> Case:
    """r1 tells its tables, with the null route, at these moments."""
    case = working()
    tables = next(
        one for one in case.evidence if one.question is Question.ROUTES and one.device == "r1"
    )
    others = tuple(one for one in case.evidence if one is not tables)
    samples = tuple(
        Evidence(
            f"routes-{at}",
            Query("r1", Question.ROUTES, QueryParams(sample=str(at))),
            Status.ANSWERED,
            records=(*tables.records, NULL),
            taken_at=at,
        )
        for at in moments
    )
    return replace(case, evidence=(*samples, *others))


def best(case: Case) -> Ranked:
    return judge(read(case)).best


def test_a_route_that_is_missing_before_and_after_comes_and_goes() -> None:
    found = best(asked(0.2, 9.0))
    assert (found.hypothesis.cause, found.hypothesis.guilty_node) == (Cause.NO_RETURN_ROUTE, "r1")
    assert found.hypothesis.direction == "reverse" and "comes and goes" in found.hypothesis.summary
    assert found.confidence <= 0.75


def test_tables_that_were_read_once_contradict_what_was_captured() -> None:
    """They may have changed since, or the packets meet a rule that was not shown: not plain
    healthy."""
    found = best(asked(0.2))
    assert found.confidence <= 0.6
    assert found.hypothesis.cause in HEALTHY | {Cause.UNKNOWN_BEYOND_VISIBILITY}


def test_a_route_that_is_there_whenever_it_is_asked_for_is_healthy() -> None:
    found = best(working())
    assert found.hypothesis.cause in HEALTHY and found.confidence > 0.9
