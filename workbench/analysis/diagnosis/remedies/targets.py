"""Fixes for one bad target of a translation that has several: others take its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.model.flow import Address, Flow
from collectors.model.records import FilterRule
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.device.matching import Trial
from workbench.analysis.device.translation import addresses_in, nat_rules
from workbench.analysis.diagnosis.remedies.shell import word

Spelled = tuple[str, str]  # the command, and the one that takes it back


def take_out(case: Case, hop: Hop, bad: Flow, good: Flow) -> Iterator[Fix]:
    """Let the device at the hop choose `good` where it would choose `bad`, in the words of its own
    rules."""
    hook = "output" if hop.iif is None else "prerouting"
    for rule in nat_rules(case, hop.device or "", hook, Trial(hop.flow_in, hop.iif)):
        spelled = _spelled(rule, bad, good)
        if spelled is not None:
            yield _fix(hop, bad, good, *spelled)
            return


def _fix(hop: Hop, bad: Flow, good: Flow, command: str, back: str) -> Fix:
    effects = (
        f"{good.dst} gets the connections of {bad.dst}, too; sessions that exist keep their target"
    )
    return Fix(
        FixClass.REMOVE_BAD_LEG,
        hop.device,
        (command,),
        (back,),
        side_effects=effects,
        proof=f"new attempts all work, and {hop.name} holds no new session to {bad.dst}",
    )


def _spelled(rule: FilterRule, bad: Flow, good: Flow) -> Spelled | None:
    if not _leads_to(rule, bad.dst):
        return None
    by_dialect = {"nft": _nft, "ipvs": _ipvs, "iptables": _iptables, "iptables-legacy": _iptables}
    spell = by_dialect.get(rule.dialect)
    return spell(rule, bad, good) if spell is not None else None


def _leads_to(rule: FilterRule, target: Address) -> bool:
    ends = addresses_in(rule.target or "", target.version)
    return target in ends or (len(ends) == 2 and int(ends[0]) <= int(target) <= int(ends[1]))


# --- nft ---

_COUNTED = re.compile(r"\bcounter packets \d+ bytes \d+")
_NAMED = re.compile(r"\bmap @(\S+)$")
_KEY = re.compile(r"\{ ([\w.-]{1,40}) \}$")  # of the map: how the condition of one target ends


def _nft(rule: FilterRule, bad: Flow, good: Flow) -> Spelled | None:
    place = " ".join((rule.family, rule.table))
    named = _NAMED.search(rule.text)
    if named is not None:
        return _element(f"{place} {named[1]}", rule, bad, good)
    old = _COUNTED.sub("counter", rule.text)
    new = _without(old, bad.dst, good.dst)
    if new == old or rule.handle is None:
        return None
    head = f"replace rule {place} {rule.chain} handle {rule.handle}"
    return f"nft {word(f'{head} {new}')}", f"nft {word(f'{head} {old}')}"


def _element(place: str, rule: FilterRule, bad: Flow, good: Flow) -> Spelled | None:
    """One element of a map with a name, exchanged in one step."""
    keys = (_KEY.search(str(value)) for match in rule.matches for value in match.values)
    key = next((found[1] for found in keys if found), None)
    if key is None:
        return None
    old = rule.target or str(bad.dst)
    new = _without(old, bad.dst, good.dst)

    def exchange(value: str) -> str:
        return f"nft {word(f'delete element {place} {{ {key} }}; add element {place} {{ {key} : {value} }}')}"

    return exchange(_as_element(new)), exchange(_as_element(old))


def _as_element(target: str) -> str:
    """`10.0.0.5:8443` as a map holds it: `10.0.0.5 . 8443`."""
    host, colon, port = target.rpartition(":")
    return f"{host} . {port}" if colon and host.count(":") == 0 else target


# --- iptables ---


def _iptables(rule: FilterRule, bad: Flow, good: Flow) -> Spelled | None:
    if not rule.text.startswith(f"-A {rule.chain} "):
        return None
    tool = "ip6tables" if rule.family == "ip6" else "iptables"
    tool += "-legacy" if rule.dialect == "iptables-legacy" else ""
    head = f"{tool} -t {word(rule.table)} -R {word(rule.chain)} {rule.position + 1}"
    old = rule.text.removeprefix(f"-A {rule.chain} ")
    new = _without(old, bad.dst, good.dst)
    return (f"{head} {new}", f"{head} {old}") if new != old else None


def _without(text: str, bad: Address, good: Address) -> str:
    """The same words with the other address; of a range what lies beside it, the larger part."""
    for span in re.finditer(r"([0-9A-Fa-f.:]{2,45})-([0-9A-Fa-f.:]{2,45})", text):
        ends = addresses_in(span[0], bad.version)
        if len(ends) == 2 and ends[0] <= bad <= ends[1]:  # type: ignore[operator]
            return text.replace(span[0], _beside(ends[0], ends[1], bad))
    return re.sub(rf"(?<![\w.:]){re.escape(str(bad))}(?![\w.])", str(good), text)


def _beside(first: Address, last: Address, bad: Address) -> str:
    below, above = int(bad) - int(first), int(last) - int(bad)
    low, high = (first, bad - 1) if below >= above else (bad + 1, last)
    return str(low) if low == high else f"{low}-{high}"


# --- IPVS ---

# TCP 192.0.2.10:80 rr -> 10.0.0.5:80 Masq 1 0 0
_IPVS = re.compile(r"(TCP|UDP|FWM) (\S{1,60}).*? -> (\S{1,60}) Masq (\d{1,5})\b.*")
_KINDS = {"TCP": "-t", "UDP": "-u", "FWM": "-f"}


def _ipvs(rule: FilterRule, bad: Flow, good: Flow) -> Spelled | None:
    """Weight 0: no new connection is sent there."""
    found = _IPVS.fullmatch(rule.text)
    if found is None:
        return None
    service = f"ipvsadm -e {_KINDS[found[1]]} {word(found[2])} -r {word(found[3])} -m"
    return f"{service} -w 0", f"{service} -w {found[4]}"
