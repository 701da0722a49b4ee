"""Writes a declared firewall as nft or iptables text: the same meaning in several hands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Protocol

from workbench.lab.build.logbooks import Logbook
from workbench.lab.declare.rules import Chain, Firewall, MarkRule, NatRule, RuleLine


class Dialect(StrEnum):
    """Which tool loads the rules."""

    NFT = "nft"
    IPTABLES = "iptables-nft"
    LEGACY = "iptables-legacy"


class Style(StrEnum):
    """How an administrator writes the same nft rules."""

    PLAIN = "plain"  # a counter on each rule
    BARE = "bare"  # no counters at all
    NAMED = "named"  # drops count into named counters
    MAP = "map"  # a verdict map on the connection's state
    SETS = "sets"  # ports in a named set


class Names(Protocol):
    """Resolves the names of a declaration on one node."""

    @property
    def family(self) -> int:
        """4 or 6."""

    def network(self, name: str) -> str:
        """The address or subnet behind a name."""

    def address(self, name: str) -> str:
        """The address behind a name."""

    def device(self, segment: str) -> str:
        """This node's interface on a segment."""


NFT_HOOKS = {"prerouting": -300, "input": 0, "forward": 0, "output": 0}
REFUSALS = ("drop", "reject", "reset")


def nft(firewall: Firewall, names: Names, style: Style, book: Logbook | None = None) -> str:
    """The ruleset for `nft -f`."""
    ip = "ip" if names.family == 4 else "ip6"
    writer = _Nft(names, style, ip, book)
    body = [text for chain in logged(firewall, book).chains for text in writer.chain(chain)]
    tables = (
        [f"table inet filter {{\n{writer.head(firewall)}" + "\n".join(body) + "\n}"] if body else []
    )
    if firewall.marks:
        tables.append(f"table {ip} mangle {{\n{writer.marks(firewall.marks)}\n}}")
    if firewall.translations:
        tables.append(f"table {ip} nat {{\n{writer.translations(firewall.translations)}\n}}")
    return "\n".join(tables) + "\n"


def logged(firewall: Firewall, book: Logbook | None) -> Firewall:
    """The same rules, where what is refused gets a label for the log first."""
    return (
        replace(firewall, chains=tuple(_logged(chain, book) for chain in firewall.chains))
        if book
        else firewall
    )


def _logged(chain: Chain, book: Logbook) -> Chain:
    lines = tuple(
        (
            replace(line, log=line.log or book.label(line.states))
            if line.verdict in REFUSALS and not line.some
            else line
        )
        for line in chain.lines
    )
    rest = (
        (RuleLine("count", log=book.refused),) if chain.policy == "drop" and not chain.raw else ()
    )
    return replace(chain, lines=(*lines, *rest))


class _Nft:
    def __init__(self, names: Names, style: Style, ip: str, book: Logbook | None) -> None:
        self.names, self.style, self.ip, self.book = names, style, ip, book or Logbook(None)

    def head(self, firewall: Firewall) -> str:
        out = ""
        if self.style is Style.NAMED:
            out += " counter refused { }\n counter out-of-state { }\n"
        if self.style is Style.SETS:
            ports = sorted({p for c in firewall.chains for line in c.lines for p in line.dports})
            out += (
                f" set services {{ type inet_service; elements = {{ {', '.join(map(str, ports))} }}"
                " }\n"
                if ports
                else ""
            )
        return out

    def chain(self, chain: Chain) -> Iterator[str]:
        priority = -300 if chain.raw else NFT_HOOKS[chain.hook]
        name = "early" if chain.raw else chain.hook
        text = (
            f" chain {name} {{\n  type filter hook {chain.hook} priority {priority}; policy"
            f" {chain.policy};\n"
        )
        mapped = self.mapped(chain)
        if mapped:
            yield self.stray(mapped, chain.hook)
            text += f"  ct state vmap {{ {self.vmap(mapped, chain.hook)} }}\n"
        ports = sorted({p for line in chain.lines for p in line.dports})
        for line in chain.lines:
            if line not in mapped:
                text += f"  {self.line(line, ports)}\n"
        yield text + " }"

    def mapped(self, chain: Chain) -> list[RuleLine]:
        """The lines that are written as one map of states."""
        if self.style is not Style.MAP or chain.raw:
            return []
        return [line for line in chain.lines if _only_state(line)]

    def stray(self, mapped: list[RuleLine], hook: str) -> str:
        """The chain to which the map sends what is dropped."""
        labels = [line.log for line in mapped if line.log]
        log = f"{self.book.nft(labels[0])} " if labels else ""
        return f" chain stray_{hook} {{\n  {log}counter drop\n }}"

    def vmap(self, lines: list[RuleLine], hook: str) -> str:
        entries = []
        for line in lines:
            target = f"jump stray_{hook}" if line.verdict == "drop" else line.verdict
            entries += [f"{state} : {target}" for state in line.states]
        return ", ".join(entries)

    def line(self, line: RuleLine, ports: list[int]) -> str:
        parts = [*self.match(line, ports)]
        if line.log:
            parts.append(self.book.nft(line.log))
        return " ".join([*parts, *self.ending(line)])

    def ending(self, line: RuleLine) -> Iterator[str]:
        if self.style is Style.NAMED and line.verdict in REFUSALS:
            name = "out-of-state" if "invalid" in line.states else "refused"
            yield f"counter name {name}"
        elif self.style is not Style.BARE or line.verdict == "count":
            yield "counter"
        if line.verdict != "count":
            yield "reject with tcp reset" if line.verdict == "reset" else line.verdict

    def match(self, line: RuleLine, ports: list[int]) -> Iterator[str]:
        if line.comes_from:
            yield f'iifname "{self.names.device(line.comes_from)}"'
        if line.goes_to:
            yield f'oifname "{self.names.device(line.goes_to)}"'
        if line.source:
            yield f"{self.ip} saddr {self.names.network(line.source)}"
        if line.destination:
            yield f"{self.ip} daddr {self.names.network(line.destination)}"
        yield from self.transport(line, ports)
        if line.states:
            yield f"ct state {','.join(line.states)}"
        if line.syn:
            yield "tcp flags & (fin|syn|rst|ack) == syn"
        if line.longer_than is not None:
            yield f"meta length > {line.longer_than}"
        if line.percent is not None:
            yield f"numgen random mod 100 < {line.percent}"
        if line.over is not None:
            yield f"limit rate over {line.over}/second burst 5 packets"
        if line.no_way_back:
            yield "fib saddr . iif oif missing"

    def transport(self, line: RuleLine, ports: list[int]) -> Iterator[str]:
        if line.protocol == "icmp":
            kind = "icmp" if self.ip == "ip" else "icmpv6"
            yield (
                f"{kind} type {line.icmp}"
                if line.icmp
                else f"meta l4proto {kind if kind == 'icmp' else 'ipv6-icmp'}"
            )
        elif line.sports:
            yield f"{line.protocol} sport {_set(line.sports)}"
        elif line.dports:
            named = self.style is Style.SETS and list(line.dports) == ports
            yield f"{line.protocol} dport {'@services' if named else _set(line.dports)}"
        elif line.protocol:
            yield f"meta l4proto {line.protocol}"

    def marks(self, marks: tuple[MarkRule, ...]) -> str:
        early = [m for m in marks if m.value is None]
        late = [m for m in marks if m.value is not None]
        text = ""
        for name, chosen, priority in (("untracked", early, -300), ("marking", late, -150)):
            if chosen:
                rules = "".join(
                    f"  {' '.join(self.match(m.match, []))} {_mark(m)}\n" for m in chosen
                )
                text += (
                    f" chain {name} {{\n  type filter hook prerouting priority {priority};\n{rules}"
                    " }\n"
                )
        return text

    def translations(self, items: tuple[NatRule, ...]) -> str:
        text = ""
        for kind, hook, priority in (("dnat", "prerouting", -100), ("snat", "postrouting", 100)):
            rules = "".join(f"  {self.translation(t)}\n" for t in items if t.kind == kind)
            if rules:
                text += (
                    f" chain {hook} {{\n  type nat hook {hook} priority {priority};\n{rules} }}\n"
                )
        return text

    def translation(self, item: NatRule) -> str:
        counter = "" if self.style is Style.BARE else " counter"
        return f"{' '.join(self.match(item.match, []))}{counter} {self.target(item)}".strip()

    def target(self, item: NatRule) -> str:
        if item.to is None:
            return "masquerade"
        return f"{item.kind} to {_with_port(self.names.address(item.to), item.to_port)}"


def _only_state(line: RuleLine) -> bool:
    bare = replace(line, log="") == RuleLine(line.verdict, states=line.states)
    return bare and bool(line.states) and line.verdict in ("accept", "drop")


def _set(ports: tuple[int, ...]) -> str:
    return str(ports[0]) if len(ports) == 1 else f"{{ {', '.join(map(str, ports))} }}"


def _mark(mark: MarkRule) -> str:
    return "notrack" if mark.value is None else f"meta mark set {mark.value}"


def _with_port(address: str, port: int | None) -> str:
    if not port:
        return address
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{port}"


def iptables(firewall: Firewall, names: Names, book: Logbook | None = None) -> str:
    """The same for `iptables-restore` (or ip6tables-restore)."""
    writer = _Iptables(names, book)
    tables: dict[str, list[str]] = {}
    for chain in logged(firewall, book).chains:
        table = "raw" if chain.raw else "filter" if chain.hook != "prerouting" else "mangle"
        out = tables.setdefault(table, [])
        out.insert(0, f":{chain.hook.upper()} {chain.policy.upper()}")
        out += [text for line in chain.lines for text in writer.line(chain.hook.upper(), line)]
    for mark in firewall.marks:
        tables.setdefault("raw" if mark.value is None else "mangle", []).append(writer.mark(mark))
    for item in firewall.translations:
        tables.setdefault("nat", []).append(writer.translation(item))
    return "".join(
        f"*{table}\n" + "\n".join(lines) + "\nCOMMIT\n" for table, lines in tables.items()
    )


class _Iptables:
    def __init__(self, names: Names, book: Logbook | None) -> None:
        self.names, self.book = names, book or Logbook(None)
        self.icmp = "icmp" if names.family == 4 else "ipv6-icmp"

    def line(self, chain: str, line: RuleLine) -> Iterator[str]:
        match = " ".join(self.match(line))
        if line.log:
            yield f"-A {chain} {match} {self.book.iptables(line.log)}"
        target = {
            "reject": " -j REJECT",
            "reset": " -j REJECT --reject-with tcp-reset",
            "count": "",
        }
        yield f"-A {chain} {match}{target.get(line.verdict, ' -j ' + line.verdict.upper())}"

    def match(self, line: RuleLine) -> Iterator[str]:
        if line.comes_from:
            yield f"-i {self.names.device(line.comes_from)}"
        if line.goes_to:
            yield f"-o {self.names.device(line.goes_to)}"
        if line.source:
            yield f"-s {self.names.network(line.source)}"
        if line.destination:
            yield f"-d {self.names.network(line.destination)}"
        yield from self.transport(line)
        if line.states:
            yield f"-m conntrack --ctstate {','.join(state.upper() for state in line.states)}"
        if line.longer_than is not None:
            yield f"-m length --length {line.longer_than + 1}:65535"
        if line.percent is not None:
            yield f"-m statistic --mode random --probability {line.percent / 100}"
        if line.over is not None:
            limit = f"--hashlimit-above {line.over}/sec --hashlimit-burst 5"
            yield f"-m hashlimit {limit} --hashlimit-name over{line.over}"
        if line.no_way_back:
            yield "-m rpfilter --invert"

    def transport(self, line: RuleLine) -> Iterator[str]:
        if line.protocol:
            yield f"-p {self.icmp if line.protocol == 'icmp' else line.protocol}"
        if line.icmp:
            flag = "--icmp-type" if self.icmp == "icmp" else "--icmpv6-type"
            yield f"{flag} {ICMP_NAMES.get(line.icmp, line.icmp)}"
        for side, ports in (("sport", line.sports), ("dport", line.dports)):
            if len(ports) == 1:
                yield f"--{side} {ports[0]}"
            elif ports:
                yield f"-m multiport --{side}s {','.join(map(str, ports))}"
        if line.syn:
            yield "--syn"

    def mark(self, mark: MarkRule) -> str:
        target = "CT --notrack" if mark.value is None else f"MARK --set-mark {mark.value}"
        return f"-A PREROUTING {' '.join(self.match(mark.match))} -j {target}"

    def translation(self, item: NatRule) -> str:
        chain = "PREROUTING" if item.kind == "dnat" else "POSTROUTING"
        return f"-A {chain} {' '.join(self.match(item.match))} -j {self.target(item)}"

    def target(self, item: NatRule) -> str:
        if item.to is None:
            return "MASQUERADE"
        flag = "--to-destination" if item.kind == "dnat" else "--to-source"
        return f"{item.kind.upper()} {flag} {_with_port(self.names.address(item.to), item.to_port)}"


ICMP_NAMES = {
    "destination-unreachable": "destination-unreachable",
    "packet-too-big": "packet-too-big",
}
