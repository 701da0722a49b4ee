"""Which routes do ways lay?"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause
from workbench.lab.build.routing import laid, route_lines
from workbench.lab.declare.plan import LabPlan, make_plan
from workbench.lab.declare.shapes import back, links, plain
from workbench.lab.declare.words import ExtraRoute, Lab, Talk, Truth

WAY = "client r1 r2 server"


def a_plan(
    *ways: str,
    complete: bool = True,
    routes: tuple[ExtraRoute, ...] = (),
    family: int = 4,
    local: bool = False,
) -> LabPlan:
    """client -- r1 -- r2 -- server, and r1 -- r3 -- r2"""
    lab = Lab(
        "trial",
        "",
        plain("client r1 r2 r3 server"),
        links(WAY, "r1 r3 r2"),
        ways,
        (Talk("client", "server"),),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
        complete=complete,
        routes=routes,
        family=family,
        link_local_gateways=local,
    )
    return make_plan(lab)


def next_of(plan: LabPlan, node: str, segment: str) -> str | None:
    leg = laid(plan)[node].get(plan.network(segment))
    return leg.ports[0].node if leg else None


def test_way_lays_each_hop() -> None:
    plan = a_plan("client r1 r3 r2 server", complete=False)
    assert next_of(plan, "client", "default") == "r1"
    assert next_of(plan, "r1", "r2-server") == "r3"
    assert next_of(plan, "r3", "r2-server") == "r2"
    assert next_of(plan, "r2", "r2-server") is None, "it is connected"


def test_first_way_wins() -> None:
    plan = a_plan("client r1 r3 r2 server", WAY)
    assert next_of(plan, "r1", "r2-server") == "r3"


def test_the_rest_is_completed_by_the_shortest_way() -> None:
    plan = a_plan(WAY, back(WAY))
    assert next_of(plan, "r3", "client-r1") == "r1"
    assert next_of(plan, "r3", "r2-server") == "r2"


def test_incomplete_labs_stay_incomplete() -> None:
    assert next_of(a_plan(WAY, back(WAY), complete=False), "r3", "client-r1") is None


def test_explicit_route_replaces_a_laid_one() -> None:
    plan = a_plan(WAY, back(WAY), routes=(ExtraRoute("r1", "r2-server", ("r2", "r3")),))
    lines = [line for line in route_lines(plan, "r1") if plan.network("r2-server") in line]
    assert len(lines) == 1
    assert lines[0].count("nexthop via") == 2


def test_blackhole_route() -> None:
    plan = a_plan(WAY, routes=(ExtraRoute("r2", "server", kind="blackhole"),))
    assert f"route replace blackhole {plan.network('server')} " in list(route_lines(plan, "r2"))


def test_link_local_gateways() -> None:
    plan = a_plan(WAY, family=6, local=True)
    assert "route replace default via fe80::2 dev eth0" in list(route_lines(plan, "client"))
