"""What is concluded from an answer that was cut? Nothing from what it does not hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from collectors.platforms.linux import LINUX, route_text
from tests.analysis.device.test_filtering import STATEFUL, TESTED, box
from tests.analysis.topology import chain, rule
from tests.analysis.trace.test_walk import FLOW, line
from workbench.analysis.case.case import Case
from workbench.analysis.device import fib
from workbench.analysis.device.filtering import FilterAction, filter_result
from workbench.analysis.device.route_decision import LOCAL, NO_ROUTE, UNICAST, UNKNOWN
from workbench.analysis.evidence.held_sessions import held


def cut(case: Case, question: Question, keep: int | None = None) -> Case:
    """The case with every answer to that question cut after `keep` records."""

    def one(item: Evidence) -> Evidence:
        return (
            replace(item, records=item.records[:keep], truncated=True)
            if item.question is question
            else item
        )

    return replace(case, evidence=tuple(map(one, case.evidence)))


def test_the_policy_of_a_chain_that_was_cut_is_not_its_end() -> None:
    """The rule that accepts the flow is the one that was cut off."""
    whole = box(*STATEFUL).case(FLOW)
    found = filter_result(cut(whole, Question.FILTER, 3), "r1", "forward", TESTED)
    assert (found.action, found.may_stop) == (FilterAction.UNKNOWN, False)


def test_a_rule_that_decides_before_the_cut_stands() -> None:
    found = filter_result(
        cut(box(*STATEFUL).case(FLOW), Question.FILTER, 3),
        "r1",
        "forward",
        TESTED.with_state("invalid"),
    )
    assert found.action is FilterAction.DROP


def test_no_chain_at_a_hook_is_no_permit_where_the_ruleset_was_cut() -> None:
    part = cut(box(*STATEFUL).case(FLOW), Question.FILTER)
    assert filter_result(part, "r1", "output", TESTED).action is FilterAction.UNKNOWN


def test_a_jump_to_a_chain_that_was_not_told() -> None:
    """jump extra; reject: `extra` may have accepted it already."""
    jumps = (
        chain("forward", "forward"),
        rule("forward", 0, "jump", "extra"),
        rule("forward", 1, "reject"),
    )
    found = filter_result(box(*jumps).case(FLOW), "r1", "forward", TESTED)
    assert (found.action, found.may_stop) == (FilterAction.UNKNOWN, False)


def test_a_jump_to_a_chain_without_rules() -> None:
    jumps = (
        chain("forward", "forward"),
        rule("forward", 0, "jump", "extra"),
        rule("forward", 1, "reject"),
    )
    empty = replace(chain("extra", "forward"), hook=None)
    assert (
        filter_result(box(*jumps, empty).case(FLOW), "r1", "forward", TESTED).action
        is FilterAction.REJECT
    )


def test_a_route_of_a_cut_table_may_not_be_the_best_one() -> None:
    case = line("r1").case(FLOW)
    assert fib.from_tables(case, "r1", Flow.parse(FLOW), "eth0").kind == UNICAST
    assert (
        fib.from_tables(cut(case, Question.ROUTES), "r1", Flow.parse(FLOW), "eth0").kind == UNKNOWN
    )


def test_a_cut_state_table_does_not_hold_nothing() -> None:
    net = line("r1")
    net.tell("r1", Question.SESSIONS)
    flows = (Flow.parse(FLOW),)
    assert held(net.case(FLOW), "r1", flows).none
    assert not held(cut(net.case(FLOW), Question.SESSIONS), "r1", flows).none


def pasted_tables(*lines: str) -> Case:
    """Only the main table of r1 was pasted."""
    inventory = Inventory((Device("r1", Role.ROUTER),))
    routes = tuple(route_text.route(text) for text in lines)
    item = Evidence(
        "p1", Query("r1", Question.ROUTES), Status.ANSWERED, records=routes, pasted_by="ops"
    )
    return Case(Flow.parse(FLOW), inventory, (item,))


def test_the_source_of_a_connected_route_is_an_address_of_its_own() -> None:
    case = pasted_tables(
        "default via 192.0.2.254 dev eth0", "192.0.2.0/24 dev eth0 scope link src 192.0.2.8"
    )
    to_itself, to_others = (
        Flow.parse(f"tcp 198.51.100.9:1024 > 192.0.2.{last}:443") for last in (8, 9)
    )
    assert fib.from_tables(case, "r1", to_itself, "eth0").kind == LOCAL
    assert fib.from_tables(case, "r1", to_others, "eth0").kind == UNICAST


@pytest.mark.parametrize(
    ("question", "line", "lacking"),
    [
        (Question.FILTER_IPTABLES, "-A INPUT -m novel --thing 7 -j ACCEPT", True),
        (Question.FILTER, "		meta novel 7 accept", True),
        (
            Question.FILTER_IPTABLES,
            "# Warning: legacy tables present, so DROP rules may be elsewhere",
            False,
        ),
        (Question.FILTER_IPTABLES, "Chain INPUT (policy DROP)", False),
        (Question.ROUTES, "10.0.0.0/8 encap novel 7 via 192.0.2.1 dev eth0", True),
        (Question.ROUTES, "blackhole 10.0.0.0/8 novel 7", True),
        (Question.ROUTES, "Codes: K - kernel route, C - connected", False),
        (Question.SESSIONS, "conntrack v1.4.6: 3 flow entries have been shown, drop 0", False),
    ],
)
def test_a_rule_or_route_that_was_not_read_leaves_an_answer_in_part(
    question: Question, line: str, lacking: bool
) -> None:
    aside = (line,) if LINUX.answers[question].harmless(line) else ()
    evidence = Evidence(
        "e1", Query("r1", question), Status.ANSWERED, unread=(line,), harmless=aside
    )
    assert (evidence.lacking, evidence.whole) == (lacking, not lacking)


@pytest.mark.parametrize("question", list(Question))
def test_any_line_that_was_not_read_leaves_an_answer_in_part(question: Question) -> None:
    """Unless the platform knows the line: no general words tell what is an answer."""
    evidence = Evidence("e1", Query("r1", question), Status.ANSWERED, unread=("DAd+ 0.0.0.0/0",))
    assert evidence.lacking and not evidence.whole


@pytest.mark.parametrize("pasted_by", ["ops", None])
def test_a_table_of_one_version_is_no_table_of_the_other(pasted_by: str | None) -> None:
    case = pasted_tables("192.0.2.0/24 dev eth0 scope link src 192.0.2.8")
    case = replace(case, evidence=tuple(replace(e, pasted_by=pasted_by) for e in case.evidence))
    six = Flow.parse("tcp [2001:db8::9]:1024 > [2001:db8:2::9]:443")
    assert fib.from_tables(case, "r1", six, "eth0").kind == UNKNOWN
    both = replace(case, evidence=tuple(replace(e, all_versions=True) for e in case.evidence))
    assert fib.from_tables(both, "r1", six, "eth0").kind == NO_ROUTE
