"""What is in the tables that the rules name?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import Route
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, everyone, involved, unusable

# what a system makes for itself
_OF_THE_SYSTEM = frozenset({"local", "broadcast", "multicast", "anycast"})


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device that is near, all tables at a time; those on the flow's ways once more at the end, for what
    changed meanwhile."""
    if run_phase is RunPhase.AFTER:
        return ask(involved(view), Question.ROUTES, QueryParams(sample="after"), STEP.id)
    return ask(everyone(view), Question.ROUTES, QueryParams(), STEP.id)


def meaning(evidence: Evidence) -> str:
    """The default routes and the tables beside main."""
    routes = [route for route in evidence.of(Route) if route.kind not in _OF_THE_SYSTEM]
    if not routes:
        return unusable(evidence) or "There is no route here at all."
    defaults = [route for route in routes if route.destination.prefixlen == 0]
    words = [_default(route) for route in defaults[:4]] or ["no default route"]
    several = sum(len(route.next_hops) > 1 for route in routes)
    if several:
        words.append(f"{several} destinations have several equal next hops")
    return f"{len(routes)} routes; {'; '.join(words)}.{_apart(defaults)}"


def _apart(defaults: list[Route]) -> str:
    """Does a table beside main lead out another way?"""
    main = {route.next_hops for route in defaults if route.table == "main"}
    apart = [route for route in defaults if route.next_hops not in main]
    others = sorted({route.table for route in apart if route.table != "main"})
    if not others:
        return ""
    return (
        f" What a rule sends to table {', '.join(others[:4])} leaves by that way, whatever"
        " main says."
    )


def _default(route: Route) -> str:
    hops = [f"{hop.gateway or 'link'} dev {hop.interface}" for hop in route.next_hops]
    ways = ", ".join(hops) or route.kind
    return f"table {route.table}: default via {ways}"


STEP = Step(
    id="tables",
    title="Routing tables",
    question="Where do the tables lead, above all those that a rule names?",
    phase=Phase.PROVE,
    run_phases=(RunPhase.SURVEY, RunPhase.AFTER),
    queries=queries,
    answers=(Question.ROUTES,),
    task=3,
    meaning=meaning,
    decision=(
        "If a table named by a rule leads out by another gateway than the main one, replies take"
        " that way: compare it with the devices that keep state."
    ),
)
