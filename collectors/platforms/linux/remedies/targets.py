"""One bad target of a translation that has several: others take its place."""

from __future__ import annotations

import re

from collectors.model.flow import Address, Flow, addresses_in
from collectors.model.records import FilterRule
from collectors.model.remedy import Spelling
from collectors.model.remedy.translation import ReplaceTarget
from collectors.platforms.linux.remedies.chains import nft_chain, tool
from collectors.platforms.linux.remedies.quoting import word
from collectors.platforms.linux.remedies.rule_text import (
    as_iptables_takes_it,
    as_nft_takes_it,
    in_a_sentence,
)


def replace_target(remedy: ReplaceTarget) -> Spelling:
    """In the words of the first rule that can be changed so, if there is one."""
    for rule in remedy.rules:
        changed = _changed(rule, remedy.bad, remedy.good)
        if changed is not None:
            return changed
    return Spelling(())


def _changed(rule: FilterRule, bad: Flow, good: Flow) -> Spelling | None:
    by_dialect = {"nft": _nft, "ipvs": _ipvs, "iptables": _iptables, "iptables-legacy": _iptables}
    change = by_dialect.get(rule.dialect)
    return change(rule, bad, good) if change is not None else None


# --- nft ---

_COUNTED = re.compile(r"\bcounter packets \d+ bytes \d+")
_NAMED = re.compile(r"\bmap @(\S+)$")
_PLACE = re.compile(r"[a-z0-9]{2,6} [A-Za-z][\w./-]{0,127} [A-Za-z][\w./-]{0,127}")
_KEY = re.compile(r"\{ ([\w.-]{1,40}) \}$")  # of the map: how the condition of one target ends


def _nft(rule: FilterRule, bad: Flow, good: Flow) -> Spelling | None:
    map_name = _NAMED.search(rule.text)
    if map_name is not None:
        return _element(map_name[1], rule, bad, good)
    old = _COUNTED.sub("counter", rule.text)
    new = _without(old, bad.dst, good.dst)
    if new == old or rule.handle is None:
        return None
    old_rule, new_rule = as_nft_takes_it(rule, old), as_nft_takes_it(rule, new)
    if old_rule is None or new_rule is None:
        return _in_words(rule, f"nft -a list chain {nft_chain(rule)}", bad, good)
    head = f"replace rule {rule.family} {rule.table} {rule.chain} handle {rule.handle}"
    return Spelling((f"nft {word(f'{head} {new_rule}')}",), (f"nft {word(f'{head} {old_rule}')}",))


def _in_words(rule: FilterRule, looks: str, bad: Flow, good: Flow) -> Spelling:
    """Its text may not come through whole: people change it."""
    what = f"# in this rule, put {good.dst} in the place of {bad.dst}: {in_a_sentence(rule)}"
    return Spelling((looks, what), ("# put the old rule back",))


def _element(name: str, rule: FilterRule, bad: Flow, good: Flow) -> Spelling | None:
    """One element of a map with a name, exchanged in one step."""
    place = " ".join((rule.family, rule.table, name))
    if not _PLACE.fullmatch(place):
        return None
    keys = (_KEY.search(str(value)) for match in rule.matches for value in match.values)
    key = next((found[1] for found in keys if found), None)
    if key is None:
        return None
    old = rule.target or str(bad.dst)
    new = _without(old, bad.dst, good.dst)
    if new == old:
        return None

    def exchange(value: str) -> str:
        gone, there = f"{{ {key} }}", f"{{ {key} : {value} }}"
        return f"nft {word(f'delete element {place} {gone}; add element {place} {there}')}"

    return Spelling((exchange(_as_element(new)),), (exchange(_as_element(old)),))


def _as_element(target: str) -> str:
    """`10.0.0.5:8443` as a map holds it: `10.0.0.5 . 8443`."""
    host, colon, port = target.rpartition(":")
    return f"{host} . {port}" if colon and host.count(":") == 0 else target


# --- iptables ---


def _iptables(rule: FilterRule, bad: Flow, good: Flow) -> Spelling | None:
    new = _without(rule.text, bad.dst, good.dst)
    if new == rule.text or not rule.text.startswith(f"-A {rule.chain} "):
        return None
    head = f"{tool(rule.dialect, 6 if rule.family == 'ip6' else 4)} -t {word(rule.table)}"
    old_rule, new_rule = as_iptables_takes_it(rule, rule.text), as_iptables_takes_it(rule, new)
    if old_rule is None or new_rule is None:
        return _in_words(rule, f"{head} -S {word(rule.chain)}", bad, good)
    head += f" -R {word(rule.chain)} {rule.position + 1}"
    return Spelling((f"{head} {new_rule}",), (f"{head} {old_rule}",))


def _without(text: str, bad: Address, good: Address) -> str:
    """The same words with the other address; of a range what lies beside it, the larger part."""
    for span in re.finditer(r"([0-9A-Fa-f.:]{2,45})-([0-9A-Fa-f.:]{2,45})", text):
        ends = addresses_in(span[0], bad.version)
        if len(ends) == 2 and int(ends[0]) <= int(bad) <= int(ends[1]):
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


def _ipvs(rule: FilterRule, bad: Flow, good: Flow) -> Spelling | None:
    """Weight 0: no new connection is sent there."""
    found = _IPVS.fullmatch(rule.text)
    if found is None:
        return None
    service = f"ipvsadm -e {_KINDS[found[1]]} {word(found[2])} -r {word(found[3])} -m"
    return Spelling((f"{service} -w 0",), (f"{service} -w {found[4]}",))
