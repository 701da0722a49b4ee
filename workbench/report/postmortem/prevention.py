"""What would prevent it next time? Proposals of action items, from the guide's prevention checklist,
for the cause that was found and the devices that it was found on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from workbench.analysis.case.verdict import Cause
from workbench.report.postmortem.alerts import Alert, watches

Verdict = dict[str, Any]
PREVENT, DETECT, MITIGATE = "prevent", "detect", "mitigate"


@dataclass(frozen=True, slots=True)
class Proposal:
    """An action item that nobody has accepted yet."""

    seed: str  # its name: what was accepted once is not proposed again
    kind: str
    text: str


STATE = frozenset(
    {
        Cause.ASYM_STATEFUL_FW,
        Cause.ASYM_STATEFUL_HALF_PATH,
        Cause.ECMP_ASYM_STATEFUL,
        Cause.MIDFLOW_STATE_LOSS,
        Cause.PBR_WRONG_RETURN_GATEWAY,
        Cause.NAT_RETURN_BYPASS,
        Cause.LB_PARTIAL_NAT_RETURN,
    }
)
HASHED = frozenset({Cause.ECMP_ASYM_STATEFUL, Cause.ECMP_LEG_FAILURE})
SHARED = frozenset({Cause.ASYM_STATEFUL_FW, Cause.ECMP_ASYM_STATEFUL, Cause.MIDFLOW_STATE_LOSS})
ROUTED = frozenset(
    {Cause.NO_FORWARD_ROUTE, Cause.NO_RETURN_ROUTE, Cause.ROUTING_LOOP, Cause.TTL_EXPIRED}
)
SIZES = frozenset({Cause.PMTUD_BLACKHOLE})
CHECKED = frozenset({Cause.RP_FILTER_STRICT})
POLICY = frozenset({Cause.ACL_PATH, Cause.TRANSIT_POLICY_DENY, Cause.SERVER_POLICY_DENY})
NEIGHBOURS = frozenset({Cause.DUPLICATE_GATEWAY, Cause.STALE_NEIGHBOUR})
ENDS = frozenset({Cause.SERVICE_NOT_LISTENING, Cause.HOST_DOWN})
LIMITS = frozenset({Cause.SESSION_LIMIT})


def proposals(verdict: Verdict | None) -> tuple[Proposal, ...]:
    """What to propose after this verdict; nothing where nothing was found to be broken."""
    if not verdict or verdict.get("verdict") != "broken":
        return ()
    cause = Cause(verdict["root_cause"])
    chosen = [
        Proposal(seed, kind, words(verdict))
        for seed, (kind, causes, words) in CHECKLIST.items()
        if cause in causes
    ]
    return (*chosen, *_signals(verdict))


def _guilty(verdict: Verdict) -> str:
    return str(verdict.get("guilty_node") or "the device that broke the flow")


def _decider(verdict: Verdict) -> str:
    return str(verdict.get("decided_by") or _guilty(verdict))


def _stateful(verdict: Verdict) -> str:
    sides = verdict.get("state_boundaries") or {}
    names = dict.fromkeys([*(sides.get("forward") or ()), *(sides.get("reverse") or ())])
    return ", ".join(names) or _guilty(verdict)


def _ends(verdict: Verdict) -> str:
    path = verdict.get("forward_path") or []
    return f"{path[0]} and {path[-1]}" if len(path) > 1 else "both ends"


# The six lines of the checklist, and what follows from it for causes that it does not name.
CHECKLIST: dict[str, tuple[str, frozenset[Cause], Callable[[Verdict], str]]] = {
    "inventory-of-state": (
        PREVENT,
        STATE | LIMITS,
        lambda v: (
            f"Keep a list of every device between {_ends(v)} that keeps state, with its owner and"
            f" its group: {_stateful(v)} at least."
        ),
    ),
    "symmetry-by-routing": (
        PREVENT,
        STATE,
        lambda v: (
            f"Decide whether both directions of this service must use one device, and make the"
            f" routing of {_decider(v)} say so instead of leaving it to defaults."
        ),
    ),
    "no-hash-across-state": (
        PREVENT,
        HASHED | {Cause.ASYM_STATEFUL_FW},
        lambda v: (
            f"Take equal-cost paths across {_stateful(v)} out of use until a failover test under"
            f" load shows that they share their sessions."
        ),
    ),
    "prove-sharing": (
        PREVENT,
        SHARED,
        lambda v: f"Test that {_stateful(v)} share sessions for every zone and VRF, not for some.",
    ),
    "reverse-path-policy": (
        PREVENT,
        CHECKED,
        lambda v: (
            f"Write one policy for reverse-path checks, with its exceptions by name; {_guilty(v)}"
            f" is one where packets rightly arrive on another interface."
        ),
    ),
    "honest-health-checks": (
        DETECT,
        STATE | HASHED | SIZES | POLICY | ENDS,
        lambda v: (
            f"Let a health check use the path of users: the network of"
            f" {(v.get('forward_path') or ['the client'])[0]}, many source ports, and answers of"
            f" the size that users get."
        ),
    ),
    "check-routes-after-changes": (
        PREVENT,
        ROUTED,
        lambda v: f"Check after each change that {_ends(v)} know the way to each other, both ways.",
    ),
    "one-mtu": (
        PREVENT,
        SIZES,
        lambda v: (
            f"Give every link between {_ends(v)} one MTU, let the ICMP messages about it pass, or"
            f" clamp the MSS at {_guilty(v)}."
        ),
    ),
    "rules-with-owners": (
        PREVENT,
        POLICY,
        lambda v: (
            f"Give the rule of {_guilty(v)} an owner and a test that this flow passes it; let"
            f" changes of rules be tried against known flows first."
        ),
    ),
    "one-owner-of-an-address": (
        PREVENT,
        NEIGHBOURS,
        lambda v: f"Watch that one device only answers for each gateway address near {_guilty(v)}.",
    ),
    "supervise-the-service": (
        MITIGATE,
        ENDS,
        lambda v: f"Let the service on {_guilty(v)} be restarted, or replaced, without a person.",
    ),
    "room-for-sessions": (
        PREVENT,
        LIMITS,
        lambda v: f"Plan the room for sessions of {_guilty(v)} for the busiest hour, with reserve.",
    ),
    "way-back-in-the-runbook": (
        MITIGATE,
        STATE | HASHED | ROUTED | CHECKED,
        lambda v: (
            f"Write into the runbook how to lead both directions through one device at once, and"
            f" how {_decider(v)} is set back."
        ),
    ),
}


def _signals(verdict: Verdict) -> Iterator[Proposal]:
    """The last line of the checklist: export the signals that would have shown it."""
    for number, alert in enumerate(watches(verdict)[:3], 1):
        yield Proposal(f"signal-{number}", DETECT, _signal(alert))


def _signal(alert: Alert) -> str:
    return f"Alert on {alert.device}: {alert.says} ({alert.expression})."
