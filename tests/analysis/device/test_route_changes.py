"""A route of the flow that comes or goes while a run watches is reported."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from collectors.model.records import NextHop, Route, RouteChoice
from workbench.analysis.case.case import Case
from workbench.analysis.case.verdict import Change
from workbench.analysis.device import fib
from workbench.analysis.device.route_answers import query
from workbench.analysis.device.route_changes import route_changes
from workbench.analysis.evidence.read import read

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")


def _route(destination: str, gateway: str) -> Route:
    return Route(
        ip_network(destination), "main", "unicast", (NextHop("eth0", ip_address(gateway)),)
    )


def _case(*samples: tuple[Status, tuple[Route, ...]]) -> Case:
    evidence = tuple(
        Evidence(
            f"e{n}",
            Query("r1", Question.ROUTES, QueryParams(sample=str(n))),
            status,
            records=routes,
        )
        for n, (status, routes) in enumerate(samples)
    )
    return Case(FLOW, Inventory((Device("r1", Role.ROUTER),)), evidence)


def _changes(case: Case) -> tuple[Change, ...]:
    return route_changes(read(case))


BEFORE, AFTER = _route("203.0.113.0/24", "10.0.0.1"), _route("203.0.113.0/24", "10.0.0.2")


def test_a_route_that_moves_is_told_as_gone_and_come() -> None:
    changes = _changes(_case((Status.ANSWERED, (BEFORE,)), (Status.ANSWERED, (AFTER,))))
    assert [(c.device, "10.0.0.1" in c.text, "went" in c.text) for c in changes] == [
        ("r1", 1, 1),
        ("r1", 0, 0),
    ]
    assert changes[0].evidence == ("e0", "e1")


def test_routes_of_other_destinations_do_not_count() -> None:
    other = _route("198.51.100.0/24", "10.0.0.9")
    assert not _changes(_case((Status.ANSWERED, (BEFORE,)), (Status.ANSWERED, (BEFORE, other))))


def test_no_second_answer_is_no_change() -> None:
    assert not _changes(_case((Status.ANSWERED, (BEFORE,)), (Status.NO_ANSWER, ())))


def _asked_at(when: float, *tables: Route) -> Case:
    """r1 said at that time which way it sends the packet; its tables were read at 1 and at 9."""
    case = _case(*((Status.ANSWERED, (table,)) for table in tables))
    read = [replace(item, taken_at=1.0 + 8 * n) for n, item in enumerate(case.evidence)]
    asked = query("r1", FLOW, None, None)
    answer = RouteChoice("unicast", BEFORE.next_hops[0])
    return replace(
        case,
        evidence=(*read, Evidence("e9", asked, Status.ANSWERED, records=(answer,), taken_at=when)),
    )


def test_an_answer_from_before_the_routes_moved_decides_nothing() -> None:
    found = fib.decide(_asked_at(2.0, BEFORE, AFTER), "r1", FLOW)
    assert (found.chosen, found.exact) == (AFTER.next_hops[0], False)


def test_an_answer_from_after_the_move_stands() -> None:
    assert fib.decide(_asked_at(9.5, BEFORE, AFTER), "r1", FLOW).exact


def test_routes_that_stay_leave_the_exact_answer_as_it_is() -> None:
    assert fib.decide(_asked_at(2.0, BEFORE, BEFORE), "r1", FLOW).exact
