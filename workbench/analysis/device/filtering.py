"""Would this device's packet filter let one packet pass, and which rule decides? All dialects,
three-valued.

The queries that judgement needs:
- `outcome(case, device, hook, trial)`: what happens at one hook;
- `passage(case, device, trial)`: what happens on the whole way through the device;
- `hop_filtering` has the same for the hops of a path.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from collectors.model.flow import Flow
from collectors.model.records import FilterChain, FilterRule
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import chain_words, filter_words
from workbench.analysis.device.matching import State, Trial, applies
from workbench.analysis.device.rulesets import (
    SYNPROXY,
    UNTOLD,
    Key,
    Ruleset,
    key_of,
    order,
    ruleset,
)


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
    # rules that may or may not match and would change the outcome
    maybe: tuple[FilterRule, ...] = ()
    mark: int | None = 0  # the packet's mark afterwards; None = not known
    session_mark: int | None = 0  # the mark of its session afterwards
    otherwise: Ruling | None = None  # what happens where none of those rules match
    evidence: tuple[str, ...] = ()

    @property
    def may_stop(self) -> bool:
        """Does the packet end here as far as the device's rules can be judged, or may it?"""
        stops = (Ruling.DROP, Ruling.REJECT)
        doubtful = {_ENDS.get(rule.verdict) for rule in self.maybe}
        if not any(rule.verdict == UNTOLD for rule in self.maybe):
            doubtful.add(self.otherwise)
        return self.ruling.stops or (
            self.ruling is Ruling.UNKNOWN and not doubtful.isdisjoint(stops)
        )

    @property
    def words(self) -> str:
        """The decision in the device's own words."""
        if self.rule is not None:
            return (
                f"{chain_words(self.hook, self.rule.chain)}:"
                f" {filter_words(self.rule.text) or self.rule.verdict}"
            )
        if self.chain is not None and (self.ruling.stops or self.otherwise):
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


_ENDS = {"accept": Ruling.ACCEPT, "drop": Ruling.DROP, "reject": Ruling.REJECT}
_ENDS |= dict.fromkeys(("queue", UNTOLD), Ruling.UNKNOWN)
TRANSLATIONS = frozenset({"dnat", "snat", "masquerade", "redirect"})


def outcome(case: Case, device: str, hook: str, trial: Trial) -> Outcome:
    """What does the device's filter do with the packet at this hook? A drop is final, an accept
    ends its chain only."""
    found = ruleset(case, device)
    if not found.known:
        return Outcome(Ruling.UNKNOWN, hook, mark=trial.mark, session_mark=trial.session_mark)
    run = Run(case, device, found, hook, trial)
    for chain in found.at(hook, trial.flow.version, trial.bridge is not None, trial.shown):
        here = _meets(chain, trial)
        if chain.kind == "nat" or here is False:
            continue
        run.trial = _at_links(run.trial, trial, chain)
        ended = _basethrough(run, chain, sure=here is True)
        if ended is not None:
            return replace(ended, evidence=found.evidence)
    if found.cut:
        return Outcome(Ruling.UNKNOWN, hook, mark=None, session_mark=None, evidence=found.evidence)
    return Outcome(
        Ruling.ACCEPT,
        hook,
        mark=run.trial.mark,
        session_mark=run.trial.session_mark,
        evidence=found.evidence,
    )


def _meets(chain: FilterChain, trial: Trial) -> bool | None:
    """Chains of one link only: is it the packet's? None = the device did not tell which link it
    is."""
    if chain.hook not in ("ingress", "egress"):
        return True
    link = trial.iif if chain.hook == "ingress" else trial.oif
    return None if chain.interface is None else link in chain.interface.split(",")


def _at_links(now: Trial, trial: Trial, chain: FilterChain) -> Trial:
    """Filters of routed packets see a bridged one on the bridge itself, not on its ports."""
    if trial.bridge is None or chain.family == "bridge":
        return replace(now, iif=trial.iif, oif=trial.oif)
    return replace(now, iif=trial.bridge, oif=trial.bridge)


def _basethrough(run: Run, chain: FilterChain, sure: bool = True) -> Outcome | None:
    """None = the packet goes on to the next chain."""
    run.possible.clear()
    ended = through(run, key_of(chain), frozenset(), sure)
    ruling, rule = ended or (_policy(chain), None)
    other = [
        maybe
        for kind, maybe in run.possible
        if kind.stops != ruling.stops or kind is Ruling.UNKNOWN
    ]
    if ruling is Ruling.ACCEPT and not other:
        return None
    told = Outcome(
        ruling, run.hook, rule, chain, tuple(other), run.trial.mark, run.trial.session_mark
    )
    return (
        replace(told, ruling=Ruling.UNKNOWN, rule=_doubtful(told), otherwise=ruling)
        if other
        else told
    )


def _doubtful(told: Outcome) -> FilterRule | None:
    """The rule to name: the one that stops what no doubtful rule lets through, else a doubtful one
    that stops."""
    if told.ruling.stops:
        return told.rule
    return next((rule for rule in told.maybe if rule.verdict in ("drop", "reject")), told.maybe[0])


def _policy(chain: FilterChain) -> Ruling:
    return Ruling.DROP if (chain.policy or "accept").lower() == "drop" else Ruling.ACCEPT


def through(
    run: Run, key: Key, above: frozenset[object], sure: bool = True
) -> tuple[Ruling, FilterRule] | None:
    """The end that the packet meets in a chain, or None where it returns from it."""
    if key in above:
        return None
    for rule in run.rules.met(key):
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
    if rule.verdict == SYNPROXY:
        return (Ruling.ACCEPT, rule) if _of_a_handshake(run.trial) else None
    _mark(run, rule, sure)
    if rule.verdict == "notrack" and sure:
        run.trial = replace(run.trial, state="untracked")
    kind = Ruling.ACCEPT if rule.verdict in TRANSLATIONS else _ENDS.get(rule.verdict)
    return (kind, rule) if kind else None


def _of_a_handshake(trial: Trial) -> bool:
    """A proxy takes the client's SYN and ACK, and lets everything else go on to the next rule."""
    flags = set(trial.flags or "S")
    return bool(flags & {"S", "."}) and not flags & {"R", "F"} and flags != {"S", "."}


def _mark(run: Run, rule: FilterRule, sure: bool) -> None:
    trial = run.trial
    if rule.verdict == "mark":
        mark = trial.session_mark if rule.target == "ct mark" else _number(trial.mark, rule.target)
        run.trial = replace(trial, mark=mark if sure else None)
    elif rule.verdict == "ct_mark":
        mark = trial.mark if rule.target == "mark" else _number(trial.session_mark, rule.target)
        run.trial = replace(trial, session_mark=mark if sure else None)
    elif rule.verdict == "zone":
        run.trial = replace(trial, zone=_number(0, rule.target) if sure else None)


def _number(mark: int | None, target: str | None) -> int | None:
    """`0x1` replaces the mark, `0x1/0xff` only those bits; what is worked out by the device is not
    known."""
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
        return ("output", "postrouting", "egress")
    if trial.oif is None:
        return ("ingress", "prerouting", "input")
    return ("ingress", "prerouting", "forward", "postrouting", "egress")


def passage(case: Case, device: str, trial: Trial, after: Flow | None = None) -> Outcome:
    """What becomes of the packet on its whole way through the device? `after` is the flow as it
    leaves."""
    doubt: Outcome | None = None
    for hook in hooks(trial):
        found = outcome(
            case, device, hook, replace(trial, flow=_seen_at(hook, trial.flow, after or trial.flow))
        )
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
    state: State | None = "untracked" if untracked else trial.state
    return replace(trial, mark=found.mark, session_mark=found.session_mark, state=state)


def untracks(case: Case, device: str, hook: str, trial: Trial) -> bool:
    """Does a rule keep this packet out of connection tracking?"""
    return (
        before_tracking(case, device, hook, trial).state == "untracked"
        and trial.state != "untracked"
    )


def before_tracking(case: Case, device: str, hook: str, trial: Trial) -> Trial:
    """The packet as connection tracking meets it: kept out of it by a rule, or put into a zone."""
    found = ruleset(case, device)
    run = Run(case, device, found, hook, trial)
    for chain in found.at(hook, trial.flow.version, trial.bridge is not None, trial.shown):
        if chain.kind != "nat" and order(chain) < -200:
            through(run, key_of(chain), frozenset())
    return run.trial
