"""A chain of a packet filter, and how a rule is put in front of its others: nft or iptables."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.model.flow import Flow, Protocol
from collectors.model.records import FilterChain, FilterRule
from collectors.model.remedy import Spelling
from collectors.platforms.linux.remedies.quoting import nft_names


def nft_chain(chain: FilterChain | FilterRule) -> str:
    """Family, table and chain, as nft wants them."""
    name = chain.name if isinstance(chain, FilterChain) else chain.chain
    return nft_names(chain.family, chain.table, name)


def spoken_by_nft(chain: FilterChain | FilterRule | None) -> bool:
    """Is it nft that keeps it, and not iptables?"""
    return chain is not None and chain.dialect == "nft"


def tool(dialect: str, version: int) -> str:
    """Which iptables: of which version of IP, and of which kernel interface."""
    name = "iptables" if version == 4 else "ip6tables"
    return f"{name}-legacy" if "legacy" in dialect else name


def saved_by(rule: FilterRule) -> str:
    """The command that prints all rules of the kernel interface and the version of IP that this one
    is of."""
    return f"{tool(rule.dialect, 6 if rule.family == 'ip6' else 4)}-save"


def inserted_by_nft(chain: FilterChain | FilterRule, rule: str) -> Spelling:
    """The rule ahead of all others of the chain; nft tells its number when it is there."""
    place = nft_chain(chain)
    return Spelling((f"nft insert rule {place} {rule}",), (take_back(place),))


def take_back(place: str) -> str:
    """How a rule is found and deleted again."""
    return f"nft -a list chain {place}   # then: nft delete rule {place} handle N"


def inserted_by_iptables(head: str, rules: Sequence[str]) -> Spelling:
    """The rules ahead of all others; `head` names the tool and the table."""
    return Spelling(
        tuple(f"{head} -I {rule}" for rule in rules), tuple(f"{head} -D {rule}" for rule in rules)
    )


def nft_match(flow: Flow) -> str:
    """The flow, as nft matches it."""
    ip = "ip" if flow.version == 4 else "ip6"
    return " ".join([f"{ip} saddr {flow.src} {ip} daddr {flow.dst}", *_nft_transport(flow)])


def _nft_transport(flow: Flow) -> list[str]:
    if flow.protocol is Protocol.ICMP:
        return [f"meta l4proto {'icmp' if flow.version == 4 else 'ipv6-icmp'}"]
    if not flow.protocol.has_ports:
        return [f"meta l4proto {flow.protocol}"]
    return [f"{flow.protocol} {end} {port}" for end, port in _ports(flow)]


def iptables_match(flow: Flow) -> str:
    """The flow, as iptables matches it."""
    six = flow.protocol is Protocol.ICMP and flow.version == 6
    protocol = "ipv6-icmp" if six else str(flow.protocol)
    named = [] if flow.protocol is Protocol.ICMP else _ports(flow)
    ports = "".join(f" --{end} {port}" for end, port in named)
    return f"-p {protocol} -s {flow.src} -d {flow.dst}{ports}"


def _ports(flow: Flow) -> list[tuple[str, int]]:
    """The service's port only: the client's changes with each attempt."""
    ends = (("dport", flow.dport), ("sport", flow.sport))
    known = [(port, end) for end, port in ends if port is not None]
    return [(end, port) for port, end in sorted(known)[:1]]
