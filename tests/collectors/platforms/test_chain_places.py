"""What the tool and the table of a chain say of it."""

from __future__ import annotations

import pytest

from collectors.model.records import FilterChain
from collectors.platforms.linux.chain_places import with_place


@pytest.mark.parametrize(
    ("table", "name", "priority", "kind", "usual"),
    [
        ("raw", "PREROUTING", -300, "filter", False),
        ("mangle", "FORWARD", -150, "filter", False),
        ("nat", "PREROUTING", -100, "nat", False),
        ("nat", "POSTROUTING", 100, "nat", False),
        ("filter", "FORWARD", 0, "filter", True),
    ],
)
def test_tables_of_iptables(table: str, name: str, priority: int, kind: str, usual: bool) -> None:
    found = with_place(FilterChain("iptables", "ip", table, name))
    assert (found.priority, found.kind, found.usual) == (priority, kind, usual)
    assert found.same_as == "nft"


def test_legacy_tables_stand_apart_from_nft() -> None:
    found = with_place(FilterChain("iptables-legacy", "ip", "filter", "FORWARD"))
    assert found.usual and found.same_as is None


def test_a_chain_of_nft_tells_its_own_priority() -> None:
    found = with_place(FilterChain("nft", "inet", "early", "pre", priority=-300))
    assert (found.priority, found.usual, found.same_as) == (-300, True, None)
