"""Several pastes of one device: parts of one answer are joined by what they are about, samples stay
samples."""

from __future__ import annotations

from itertools import permutations

from collectors.model.evidence import Evidence
from collectors.model.flow import Flow
from collectors.model.records import FilterChain, FilterRule, Route
from workbench.incidents.pasted.pasting import read
from workbench.incidents.pasted.samples import sampled

FLOW = Flow.parse("tcp 198.51.100.9:40001 > 203.0.113.81:443")
TABLE_100 = "$ ip route show table 100\ndefault via 203.0.113.94 dev eth1\n"
MAIN = (
    "$ ip route\ndefault via 192.0.2.254 dev eth0\n192.0.2.0/24 dev eth0 proto kernel scope link"
    " src 192.0.2.8\n"
)
OTHER = MAIN.replace("192.0.2.254", "192.0.2.253")


def pasted(*texts: str) -> tuple[Evidence, ...]:
    items = (
        read(text.encode(), FLOW, "srv", "ops").renamed(f"p{n}") for n, text in enumerate(texts, 1)
    )
    return sampled(items)


def ways(item: Evidence) -> set[tuple[str, str]]:
    return {(r.table, str(r.next_hops[0].gateway or "link")) for r in item.of(Route)}


def test_two_tables_are_one_answer_whatever_came_first() -> None:
    whole = {("100", "203.0.113.94"), ("main", "192.0.2.254"), ("main", "link")}
    for texts in permutations((TABLE_100, MAIN, MAIN)):
        assert [ways(item) for item in pasted(*texts)] == [whole] * 3


def test_another_state_of_the_same_table_is_another_time() -> None:
    first, _, last = pasted(MAIN, TABLE_100, OTHER)
    assert ("main", "192.0.2.254") in ways(first)
    assert ways(last) == {("100", "203.0.113.94"), ("main", "192.0.2.253"), ("main", "link")}


def chain(name: str, packets: int) -> str:
    rules = f"[{packets}:{packets * 60}] -A {name} -p tcp -m tcp --dport 443 -j DROP"
    return f"$ iptables-save -c\n*filter\n:{name} ACCEPT [0:0]\n{rules}\nCOMMIT\n"


def test_chains_one_after_the_other_are_one_ruleset() -> None:
    items = pasted(chain("INPUT", 1), chain("FORWARD", 2))
    assert len(items) == 2
    for item in items:
        assert {c.name for c in item.of(FilterChain)} == {"INPUT", "FORWARD"}
        assert item.params.sample is None


def test_the_same_chain_twice_is_before_and_after() -> None:
    before, after = pasted(chain("INPUT", 1), chain("INPUT", 4))
    assert (before.params.sample, after.params.sample) == ("before", "after")
    assert [rule.packets for item in (before, after) for rule in item.of(FilterRule)] == [1, 4]


def test_what_was_not_counted_again_has_no_second_count() -> None:
    *_, after = pasted(chain("INPUT", 1), chain("FORWARD", 2), chain("INPUT", 4))
    assert {rule.chain: rule.packets for rule in after.of(FilterRule)} == {
        "INPUT": 4,
        "FORWARD": None,
    }
