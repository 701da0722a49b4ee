"""Every lab, with several seeds: is the declaration whole, and does a seed change what it should
and nothing else?"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter

import pytest

from workbench.analysis.case.verdict import Cause
from workbench.lab import topologies
from workbench.lab.build.dialects import Dialect
from workbench.lab.build.logbooks import PATHS
from workbench.lab.build.routing import laid, rule_commands
from workbench.lab.build.scripts import dressing, ground, talk_command
from workbench.lab.declare.plan import make_plan
from workbench.lab.declare.words import Account, Lab
from workbench.lab.topologies import LABS, lab_named

SEEDS = (0, 1, 7)
EVERY = pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)


def test_names_are_unique() -> None:
    assert [name for name, times in Counter(lab.name for lab in LABS).items() if times > 1] == []


def test_every_root_cause_has_a_lab() -> None:
    assert set(Cause) == {lab.truth.cause for lab in LABS}


def test_every_family_is_listed_and_drawn() -> None:
    families = list(pkgutil.iter_modules(topologies.__path__))
    assert families
    for found in families:
        family = importlib.import_module(f"{topologies.__name__}.{found.name}")
        assert set(family.LABS) <= set(LABS)
        assert "--" in (family.__doc__ or ""), f"{found.name} does not draw its network"


def test_unknown_lab_says_so() -> None:
    with pytest.raises(LookupError, match="no lab called 'nonsense'"):
        lab_named("nonsense")


@EVERY
def test_truth_speaks_of_nodes_that_exist(lab: Lab) -> None:
    names = {node.name for node in lab.nodes}
    truth = lab.truth
    ways = [truth.forward, truth.reverse, truth.cured_forward or "", truth.cured_reverse or ""]
    assert {hop for way in ways for hop in way.split()} <= names
    assert {truth.guilty, truth.decided_by} - {None} <= names
    assert truth.forward.split()[0] == lab.talks[0].client
    assert (truth.direction is None) == truth.works


@EVERY
def test_fault_sits_on_a_way(lab: Lab) -> None:
    if lab.truth.guilty:
        # a tunnel's packets pass devices that the flow's own way does not name
        below = " ".join(lab.ways)
        assert lab.truth.guilty in f"{lab.truth.forward} {lab.truth.reverse} {below}".split()


@EVERY
@pytest.mark.parametrize("seed", SEEDS)
def test_plan_is_whole(lab: Lab, seed: int) -> None:
    plan = make_plan(lab, seed)
    addresses = [port.address.ip for port in plan.ports]
    assert len(set(addresses)) == len(addresses)
    assert len(set(plan.called.values())) == len(lab.nodes)
    assert all(len(port.device) < 16 for port in plan.ports)
    assert all(port.address.ip not in (port.address.network[0],) for port in plan.ports)
    assert all(
        plan.accounts[n.name] is n.account
        for n in lab.nodes
        if n.account in (Account.NONE, Account.PLAIN)
    )


@EVERY
@pytest.mark.parametrize("seed", SEEDS)
def test_scripts_leave_no_name_unresolved(lab: Lab, seed: int) -> None:
    plan = make_plan(lab, seed)
    assert laid(plan)
    for node in lab.nodes:
        text = ground(plan, node) + dressing(plan, node) + "".join(rule_commands(plan, node.name))
        assert "<net " not in text and "<dev " not in text and "<gw " not in text
    assert all(talk_command(plan, talk, None, "log") for talk in lab.talks)


def test_the_same_seed_decides_the_same() -> None:
    lab = lab_named("fw-pair-nosync")
    assert make_plan(lab, 5) == make_plan(lab, 5)
    assert make_plan(lab, 5).called != make_plan(lab, 6).called
    assert make_plan(lab, 5).subnets != make_plan(lab, 6).subnets


@pytest.mark.parametrize(
    "lab", [lab for lab in LABS if "dialect" not in lab.keep], ids=lambda lab: lab.name
)
def test_three_seeds_show_every_firewall_in_every_dialect(lab: Lab) -> None:
    plans = [make_plan(lab, seed) for seed in (4, 5, 6)]
    for node in lab.nodes:
        assert {plan.dialects[node.name] for plan in plans} == set(Dialect)


def test_seeds_vary_logging_privileges_and_noise() -> None:
    plans = [make_plan(lab_named("fw-pair-nosync"), seed) for seed in range(1, 30)]
    books = [book for plan in plans for book in plan.logbooks.values()]
    assert {book.path for book in books} == set(PATHS), "files of several names"
    assert {book.group is None for book in books} == {
        True,
        False,
    }, "some log to the kernel's own log"
    assert any(not plan.logbooks for plan in plans) and len({book.stray for book in books}) > 2
    assert {account for plan in plans for account in plan.accounts.values()} == set(Account) - {
        Account.NONE
    }
    assert (
        {plan.noise for plan in plans} == {plan.addresses_shown for plan in plans} == {True, False}
    )


def test_seed_zero_keeps_the_declared_names() -> None:
    plan = make_plan(lab_named("fw-pair-nosync"))
    assert plan.called["fw-a"] == "fw-a"
    assert str(plan.flow()) == "tcp 192.0.2.1:40000 > 203.0.113.2:443"


def test_some_seeds_leave_nodes_without_a_host_name() -> None:
    plans = [make_plan(lab_named("asym-routers"), seed) for seed in range(20)]
    without = next(plan for plan in plans if plan.nameless)
    assert "hostname localhost\n" in ground(without, without.lab.nodes[0])


def test_some_seeds_run_routing_daemons_in_a_path_space() -> None:
    plans = [make_plan(lab_named("frr-ecmp"), seed) for seed in range(20)]
    apart = next(plan for plan in plans if plan.pathspace)
    assert "zebra -d -N r1 " in dressing(apart, apart.lab.node("r1"))


@pytest.mark.parametrize("seed", range(6))
def test_a_declared_rhythm_is_kept_whatever_the_seed(seed: int) -> None:
    """A session that expires after three seconds is lost only to a client that waits longer."""
    assert make_plan(lab_named("tracking-expired"), seed).lab.talks[0].every == 5.0


@pytest.mark.parametrize("name", ["limit-connections", "limit-on-the-server", "limit-ports"])
def test_those_who_fill_a_limit_say_all_that_a_client_is_told(name: str) -> None:
    """The words that `talk.py` reads, of the flow's own client and of those that hold
    connections."""
    lab = lab_named(name)
    plan = make_plan(lab, 0)
    own = (
        talk_command(plan, plan.lab.talks[0], None, "log")
        .partition("talk.py ")[2]
        .partition(" <")[0]
    )
    held = lab.node("client").commands[0].partition("talk.py ")[2].partition(" </dev/null")[0]
    assert len(held.split()) == len(own.split())
