"""Networks by chance: is their truth the one that their routes tell?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from workbench.analysis.case.verdict import Cause
from workbench.lab.build.routing import laid
from workbench.lab.declare.plan import LabPlan, make_plan
from workbench.lab.declare.random_networks import PREFIX, invented
from workbench.lab.declare.words import ExtraRoute
from workbench.lab.prove.check import check
from workbench.lab.topologies import lab_named

NUMBERS = range(1, 121)
ROUTED = {Cause.NO_FORWARD_ROUTE, Cause.NO_RETURN_ROUTE, Cause.ROUTING_LOOP}


def walked(plan: LabPlan, start: str, end: str) -> list[str]:
    """The nodes that a packet visits by the routes that are laid, up to a circle or a dead end."""
    table, target, way = laid(plan), plan.ports_of(end)[0], [start]
    network = str(plan.subnets[target.segment])
    while way[-1] != end:
        here = way[-1]
        odd = next(
            (r for r in plan.lab.routes if r.node == here and plan.network(r.to) == network), None
        )
        following = _by(odd) if odd else _laid(plan, table, here, network, end)
        if following is None or following in way:
            break
        way.append(following)
    return way


def _by(route: ExtraRoute) -> str | None:
    return route.via[0] if route.via else None


def _laid(plan: LabPlan, table: dict, here: str, network: str, end: str) -> str | None:  # type: ignore[type-arg]
    if network in {str(plan.subnets[port.segment]) for port in plan.ports_of(here)}:
        return end
    leg = table[here].get(network) or table[here].get("default")
    return leg.ports[0].node if leg else None


@pytest.mark.parametrize("number", NUMBERS)
def test_the_paths_are_those_that_the_routes_lay(number: int) -> None:
    lab = invented(number)
    plan = make_plan(lab)
    assert walked(plan, "client", "server") == lab.truth.forward.split()
    assert walked(plan, "server", "client") == lab.truth.reverse.split()


def test_a_number_is_always_the_same_network() -> None:
    assert lab_named(f"{PREFIX}17") == invented(17) != invented(18)
    with pytest.raises(LookupError):
        lab_named(f"{PREFIX}x")


def test_every_kind_of_fault_comes_up() -> None:
    found = Counter(invented(number).truth.cause for number in NUMBERS)
    assert len(found) == 13
    assert found[Cause.ASYM_STATEFUL_FW] + found[Cause.ASYM_STATEFUL_HALF_PATH] >= 10


@pytest.mark.parametrize("number", NUMBERS)
def test_who_is_guilty_sits_on_the_way_that_it_breaks(number: int) -> None:
    truth = invented(number).truth
    way = {"forward": truth.forward, "reverse": truth.reverse}.get(str(truth.direction), "")
    assert (truth.guilty is None) == truth.works
    assert truth.works or truth.guilty in way.split()


@pytest.mark.lab
def test_a_network_by_chance_is_as_declared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the kernel, by captures: one with a firewall that misses one direction."""
    monkeypatch.setenv("BOTHWAYS_LAB_DIR", str(tmp_path))
    number = next(n for n in NUMBERS if invented(n).truth.cause is Cause.ASYM_STATEFUL_FW)
    proofs = check(f"{PREFIX}{number}", seed=2)
    assert [proof.text for proof in proofs if not proof.ok] == []
    assert len(proofs) >= 3
