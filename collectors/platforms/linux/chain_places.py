"""What the tool and the table of a chain say of it: iptables' tables have a fixed place each."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.records import FilterChain

_NFT, _IPTABLES, _LEGACY = "nft", "iptables", "iptables-legacy"
_PRIORITIES = {"raw": -300, "mangle": -150, "nat": -100, "filter": 0, "security": 50}


def priority_of(table: str, chain: str) -> int:
    """When does the kernel ask this chain of this table? Sources are translated last."""
    if table == "nat" and chain in ("POSTROUTING", "INPUT"):
        return 100
    return _PRIORITIES.get(table, 0)


def with_place(chain: FilterChain) -> FilterChain:
    """The chain, with what its tool and table say of it."""
    if chain.dialect == _NFT:
        return replace(chain, usual=True)
    if chain.dialect not in (_IPTABLES, _LEGACY):
        return chain
    # iptables over nft keeps its tables where nft shows them; a table of nft's own may bear the
    # same name, and legacy tables stand apart
    also_in_nft = chain.dialect == _IPTABLES and chain.table in _PRIORITIES
    return replace(
        chain,
        kind="nat" if chain.table == "nat" else "filter",
        priority=priority_of(chain.table, chain.name),
        usual=chain.table == "filter",
        same_as=_NFT if also_in_nft else None,
    )
