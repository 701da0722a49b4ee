"""`iptables -L` says the same as `iptables-save`, in other words and sometimes in fewer."""

from __future__ import annotations

import pytest

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.records import FilterChain, FilterRule, Match
from collectors.platforms.linux.filters_iptables import read_iptables
from collectors.platforms.linux.iptables_list import placed
from tests.collectors.platforms.samples import FIXTURES

SAMPLES = FIXTURES / "linux" / "filter-iptables"
TITLES = " pkts bytes target     prot opt in     out     source               destination\n"


def read(text: str) -> ParseResult:
    return read_iptables(Output(text.encode()), QueryParams())


def rules(reading: ParseResult) -> list[FilterRule]:
    return [record for record in reading.records if isinstance(record, FilterRule)]


def meaning(rule: FilterRule) -> tuple[object, ...]:
    """What the rule does, its judged conditions in any order."""
    judged = sorted(
        str(match) for match in rule.matches if match.field not in ("unread", "protocol")
    )
    unjudged = any(match.field == "unread" for match in rule.matches)
    return rule.key, judged, unjudged, rule.verdict, rule.target, rule.log_prefix, rule.packets


@pytest.mark.parametrize("listing", ["list-filter-nvx", "specification-counted"])
def test_a_listing_means_what_the_saved_rules_mean(listing: str) -> None:
    """Forty rules with every common condition and target, as iptables 1.8.9 writes them in each
    form."""
    readings = [
        read((SAMPLES / f"{name}.raw").read_text()) for name in (listing, "list-filter-saved")
    ]
    found, wanted = ([meaning(rule) for rule in rules(reading)] for reading in readings)
    commented = 3  # its comment holds the mark that ends a comment
    assert [f for at, f in enumerate(found) if at != commented] == [
        w for at, w in enumerate(wanted) if at != commented
    ]


def test_a_listing_without_v_hides_interfaces_so_no_rule_of_it_is_certain() -> None:
    text = "Chain INPUT (policy DROP)\ntarget     prot opt source               destination\n"
    (rule,) = rules(read(text + "ACCEPT     all  --  anywhere             anywhere\n"))
    assert [match.field for match in rule.matches] == ["unread"]


def test_a_rounded_counter_is_none_as_it_may_move_unseen() -> None:
    text = "Chain INPUT (policy ACCEPT 12K packets, 3456K bytes)\n" + TITLES
    reading = read(
        text + " 1137  318K DROP       tcp  --  eth0   *       0.0.0.0/0            0.0.0.0/0\n"
    )
    (rule,) = rules(reading)
    assert (rule.packets, rule.bytes) == (1137, None)
    assert isinstance(chain := reading.records[0], FilterChain) and (
        chain.policy,
        chain.packets,
    ) == ("accept", None)


def test_names_of_services_are_ports_and_names_of_hosts_are_unknown() -> None:
    text = "Chain FORWARD (policy ACCEPT 0 packets, 0 bytes)\n" + TITLES
    line = (
        "    0     0 DROP       tcp  --  any    eth1    files.example.com    anywhere            "
        " tcp dpt:ssh\n"
    )
    (rule,) = rules(read(text + line))
    assert Match("dport", ((22, 22),)) in rule.matches and Match("oif", ("eth1",)) in rule.matches
    assert Match("unread", ("-s files.example.com",)) in rule.matches


@pytest.mark.parametrize(
    ("chains", "line", "table"),
    [
        ("INPUT FORWARD OUTPUT", "ACCEPT", "filter"),
        ("PREROUTING INPUT FORWARD OUTPUT POSTROUTING", "ACCEPT", "mangle"),
        ("PREROUTING INPUT OUTPUT POSTROUTING", "ACCEPT", "nat"),
        ("PREROUTING OUTPUT", "ACCEPT", "raw"),
        ("PREROUTING", "DNAT", "nat"),
        ("PREROUTING", "MARK", "mangle"),
        ("INPUT", "ACCEPT", "filter"),
    ],
)
def test_the_table_is_told_by_its_chains(chains: str, line: str, table: str) -> None:
    text = "".join(
        f"Chain {chain} (policy ACCEPT 0 packets, 0 bytes)\n{TITLES}    0     0 {line:10} all  -- "
        " *      *       0.0.0.0/0            0.0.0.0/0\n\n"
        for chain in chains.split()
    )
    assert {rule.table for rule in rules(read(text))} == {table}


def test_the_command_names_the_table_and_the_family() -> None:
    reading = read("Chain PREROUTING (policy ACCEPT 0 packets, 0 bytes)\n" + TITLES)
    (chain,) = placed(reading, "ip6tables -t nat -nvL PREROUTING").records
    assert isinstance(chain, FilterChain)
    assert (chain.table, chain.family, chain.kind, chain.priority) == ("nat", "ip6", "nat", -100)
    assert placed(reading, "iptables-save -t nat") == reading


def test_several_tables_in_one_text_stay_apart() -> None:
    """`for t in filter nat; do iptables -t $t -nvL; done`"""
    one = (
        "Chain INPUT (policy DROP 0 packets, 0 bytes)\n\nChain FORWARD (policy DROP 0 packets, 0"
        " bytes)\n\n"
    )
    other = (
        "Chain PREROUTING (policy ACCEPT 0 packets, 0 bytes)\n\nChain INPUT (policy ACCEPT 0"
        " packets, 0 bytes)\n\n"
    )
    records = read(one + other + "Chain POSTROUTING (policy ACCEPT 0 packets, 0 bytes)\n").records
    assert {(r.table, r.name) for r in records if isinstance(r, FilterChain)} >= {
        ("filter", "INPUT"),
        ("filter", "FORWARD"),
        ("nat", "INPUT"),
        ("nat", "POSTROUTING"),
    }


def test_rules_that_were_filtered_out_of_a_listing_are_read_without_their_chain() -> None:
    """`iptables -nvL | grep 443`"""
    (rule,) = rules(
        read("   12   720 DROP       tcp  --  eth0   *       0.0.0.0/0   10.0.0.1   tcp dpt:443\n")
    )
    assert (rule.chain, rule.packets, rule.verdict) == ("?", 12, "drop")


def test_saved_rules_whose_counters_were_struck_out_are_read() -> None:
    (chain,) = read("*mangle\n:PREROUTING ACCEPT [-:-]\nCOMMIT\n").records
    assert isinstance(chain, FilterChain) and (chain.policy, chain.packets) == ("accept", None)


def test_a_policy_of_the_specification_is_a_chain() -> None:
    records = read(
        "-P FORWARD DROP -c 12 720\n-N DOCKER\n-A FORWARD -i docker0 -c 3 180 -j DOCKER\n"
    ).records
    forward, docker, rule = records
    assert isinstance(forward, FilterChain) and (forward.policy, forward.packets) == ("drop", 12)
    assert isinstance(docker, FilterChain) and docker.hook is None
    assert isinstance(rule, FilterRule) and (rule.packets, rule.bytes, rule.target) == (
        3,
        180,
        "DOCKER",
    )
