"""Would this device's packet filter let one packet pass, and which rule decides? All dialects, three-valued.

The queries that judgement needs:
- `outcome(case, device, hook, trial)`: what happens at one hook;
- `passage(case, device, trial)`: what happens on the whole way through the device;
- `at_hop(case, hop, state, flags)`: the same for a hop of a path;
- `by_state(case, device, trial)`: `passage` in each connection state, which tells a stateful drop from a plain one;
- `needs_state(case, hop)`: would the device drop the packets of this hop if it did not know the session?
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from collectors.model.flow import Flow, Protocol
from collectors.model.records import FilterChain, FilterRule
from workbench.analysis.case import Case
from workbench.analysis.findings import Hop
from workbench.analysis.matching import State, Trial, applies
from workbench.analysis.rulesets import Key, Ruleset, key_of, order, ruleset
from workbench.analysis.wording import chain_words, filter_words


class Ruling(StrEnum):
    """What a packet filter does with a packet."""

    ACCEPT = "accept"
    DROP = "drop"
    REJECT = "reject"
    UNKNOWN = "unknown"  # a condition that cannot be judged decides

    @property
    def stops(self) -> bool:
        """Does the packet end here?"""
        return self in (Ruling.DROP, Ruling.REJECT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the packet, and the rule or policy that decided."""

    ruling: Ruling
    hook: str = ""
    rule: FilterRule | None = None
    chain: FilterChain | None = None  # the base chain in which it was decided
    maybe: tuple[FilterRule, ...] = ()  # rules that may or may not match and would change the outcome
    mark: int | None = 0  # the packet's mark afterwards; None = not known
    evidence: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The decision in the device's own words."""
        if self.rule is not None:
            return f"{chain_words(self.hook, self.rule.chain)}: {filter_words(self.rule.text) or self.rule.verdict}"
        if self.chain is not None and self.ruling.stops:
            return f"{chain_words(self.hook, self.chain.name)}: policy {self.chain.policy}"
        return f"{self.hook}: {self.ruling}" if self.hook else str(self.ruling)


# --- one hook ---


@dataclass
class Run:
    """One packet on its way through the chains of one hook."""

    case: Case
    device: str
    rules: Ruleset
    hook: str
    trial: Trial
    possible: list[tuple[Ruling, FilterRule]] = field(default_factory=list)


_ENDS = {"accept": Ruling.ACCEPT, "drop": Ruling.DROP, "reject": Ruling.REJECT, "queue": Ruling.UNKNOWN}
TRANSLATIONS = frozenset({"dnat", "snat", "masquerade", "redirect"})


def outcome(case: Case, device: str, hook: str, trial: Trial) -> Outcome:
    """What does the device's filter do with the packet at this hook? A drop is final, an accept ends its chain only."""
    found = ruleset(case, device)
    if not found.known:
        return Outcome(Ruling.UNKNOWN, hook, mark=trial.mark)
    run = Run(case, device, found, hook, trial)
    for chain in found.at(hook, trial.flow.version, trial.bridged):
        if chain.kind == "nat" or (chain.hook == "ingress" and chain.interface not in (None, trial.iif)):
            continue
        ended = _basethrough(run, chain)
        if ended is not None:
            return replace(ended, evidence=found.evidence)
    return Outcome(Ruling.ACCEPT, hook, mark=run.trial.mark, evidence=found.evidence)


def _basethrough(run: Run, chain: FilterChain) -> Outcome | None:
    """None = the packet goes on to the next chain."""
    run.possible.clear()
    ended = through(run, key_of(chain), frozenset())
    ruling, rule = ended or (_policy(chain), None)
    other = [maybe for kind, maybe in run.possible if kind.stops != ruling.stops or kind is Ruling.UNKNOWN]
    if other:
        ruling, rule = Ruling.UNKNOWN, other[0]
    if ruling is Ruling.ACCEPT:
        return None
    return Outcome(ruling, run.hook, rule, chain, tuple(other), run.trial.mark)


def _policy(chain: FilterChain) -> Ruling:
    return Ruling.DROP if (chain.policy or "accept").lower() == "drop" else Ruling.ACCEPT


def through(run: Run, key: Key, above: frozenset[object], sure: bool = True) -> tuple[Ruling, FilterRule] | None:
    """The end that the packet meets in a chain, or None where it returns from it."""
    if key in above:
        return None
    for rule in run.rules.rules.get(key, ()):
        matched = applies(run.case, run.device, rule, run.trial)
        if matched is False:
            continue
        certain = sure and matched is True
        if rule.verdict == "return" and certain:
            return None
        ended = _end_of(run, rule, key, above, certain)
        if ended is not None and certain:
            return ended
        if ended is not None:
            run.possible.append(ended)
        if rule.verdict == "goto" and certain:
            return None
    return None


def _end_of(
    run: Run, rule: FilterRule, key: Key, above: frozenset[object], sure: bool
) -> tuple[Ruling, FilterRule] | None:
    if rule.verdict in ("jump", "goto") and rule.target:
        return through(run, (*key[:3], rule.target), above | {key}, sure)
    _mark(run, rule, sure)
    if rule.verdict == "notrack" and sure:
        run.trial = replace(run.trial, state="untracked")
    kind = Ruling.ACCEPT if rule.verdict in TRANSLATIONS else _ENDS.get(rule.verdict)
    return (kind, rule) if kind else None


def _mark(run: Run, rule: FilterRule, sure: bool) -> None:
    trial = run.trial
    if rule.verdict == "mark":
        mark = trial.session_mark if rule.target == "ct mark" else _number(trial.mark, rule.target)
        run.trial = replace(trial, mark=mark if sure else None)
    elif rule.verdict == "ct_mark":
        mark = trial.mark if rule.target == "mark" else _number(trial.session_mark, rule.target)
        run.trial = replace(trial, session_mark=mark if sure else None)


def _number(mark: int | None, target: str | None) -> int | None:
    """`0x1` replaces the mark, `0x1/0xff` only those bits; what is worked out by the device is not known."""
    value, _, mask = (target or "").partition("/")
    try:
        bits = int(mask, 0) if mask else 0xFFFFFFFF
        return ((mark or 0) & ~bits) | int(value, 0)
    except ValueError:
        return None


# --- the whole way ---


def hooks(trial: Trial) -> tuple[str, ...]:
    """The hooks that the packet passes on its way."""
    if trial.iif is None:
        return ("output", "postrouting")
    if trial.oif is None:
        return ("ingress", "prerouting", "input")
    return ("ingress", "prerouting", "forward", "postrouting")


def passage(case: Case, device: str, trial: Trial, after: Flow | None = None) -> Outcome:
    """What becomes of the packet on its whole way through the device? `after` is the flow as it leaves."""
    doubt: Outcome | None = None
    for hook in hooks(trial):
        found = outcome(case, device, hook, replace(trial, flow=_seen_at(hook, trial.flow, after or trial.flow)))
        if found.ruling.stops:
            return found
        if found.ruling is Ruling.UNKNOWN:
            doubt = doubt or found
        trial = _carried(case, device, hook, trial, found)
    return doubt or replace(found, rule=None, chain=None)


def _seen_at(hook: str, before: Flow, after: Flow) -> Flow:
    """Destinations are rewritten before routing, sources after it."""
    if hook in ("ingress", "prerouting", "output"):
        return before
    return before.translated(dst=after.dst, dport=after.dport)


def _carried(case: Case, device: str, hook: str, trial: Trial, found: Outcome) -> Trial:
    untracked = hook in ("prerouting", "output") and untracks(case, device, hook, trial)
    return replace(trial, mark=found.mark, state="untracked" if untracked else trial.state)


def untracks(case: Case, device: str, hook: str, trial: Trial) -> bool:
    """Does a rule keep this packet out of connection tracking?"""
    found = ruleset(case, device)
    run = Run(case, device, found, hook, trial)
    for chain in found.at(hook, trial.flow.version, trial.bridged):
        if chain.kind != "nat" and order(chain) < -200:
            through(run, key_of(chain), frozenset())
    return run.trial.state == "untracked" and trial.state != "untracked"


def at_hop(case: Case, hop: Hop, state: State, flags: str | None = "S", reply: bool | None = None) -> Outcome:
    """Would the device of this hop let the packet pass, in that connection state and with those TCP flags?"""
    if hop.device is None:
        return Outcome(Ruling.UNKNOWN)
    translated = hop.flow_in != hop.flow_out
    echo = ("echo-reply" if reply else "echo-request") if hop.flow_in.protocol is Protocol.ICMP else None
    port = case.interface(hop.device, hop.iif) if hop.device in case.bridging else None
    trial = Trial(
        hop.flow_in, hop.iif, hop.oif, state, flags, hop.mark or 0, reply=reply, translated=translated, icmp=echo
    )
    trial = replace(trial, bridged=port is not None and port.master is not None)
    return passage(case, hop.device, trial, hop.flow_out)


STATES: tuple[State, ...] = ("new", "established", "invalid", "untracked")


def by_state(case: Case, device: str, trial: Trial, after: Flow | None = None) -> dict[State, Outcome]:
    """What becomes of the packet in each connection state? The same in all of them = a stateless decision."""
    return {state: passage(case, device, trial.with_state(state), after) for state in STATES}


def needs_state(case: Case, hop: Hop, *, reply: bool) -> bool | None:
    """Would the device drop these packets if it did not know their session, but pass them if it did? None = not known.

    An answer that opens nothing (SYN-ACK, ACK, data) is INVALID there; a UDP reply is NEW.
    """
    if hop.device is None or not ruleset(case, hop.device).known:
        return None
    flags = "S." if reply else "."
    known = at_hop(case, hop, "established", flags, reply)
    strange = at_hop(case, hop, "invalid", flags, reply)
    if hop.flow_in.protocol == "udp":
        strange = at_hop(case, hop, "new", None, reply)
    if Ruling.UNKNOWN in (known.ruling, strange.ruling):
        return None if not known.ruling.stops else False
    return strange.ruling.stops and not known.ruling.stops
