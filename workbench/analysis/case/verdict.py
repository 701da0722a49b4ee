"""The words of a verdict: causes, fixes, reasons, hypotheses, and the object that others read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from collectors.model.remedy import Remedy
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.lookups import LookupOn
from workbench.analysis.case.state_boundary import StateBoundary


class Cause(StrEnum):
    """Root causes; the codes are a contract."""

    HEALTHY_SYMMETRIC = "healthy_symmetric"
    HEALTHY_ASYMMETRIC = "healthy_asymmetric"
    ASYM_STATEFUL_FW = "asym_stateful_fw"
    ASYM_STATEFUL_HALF_PATH = "asym_stateful_half_path"
    ECMP_ASYM_STATEFUL = "ecmp_asym_stateful"
    ECMP_LEG_FAILURE = "ecmp_leg_failure"
    MIDFLOW_STATE_LOSS = "midflow_state_loss"
    PBR_WRONG_RETURN_GATEWAY = "pbr_wrong_return_gateway"
    NAT_RETURN_BYPASS = "nat_return_bypass"
    LB_PARTIAL_NAT_RETURN = "lb_partial_nat_return"
    RP_FILTER_STRICT = "rp_filter_strict"
    DUPLICATE_GATEWAY = "duplicate_gateway"
    PMTUD_BLACKHOLE = "pmtud_blackhole"
    ACL_PATH = "acl_path"
    TRANSIT_POLICY_DENY = "transit_policy_deny"
    SERVER_POLICY_DENY = "server_policy_deny"
    SERVICE_NOT_LISTENING = "service_not_listening"
    HOST_DOWN = "host_down"
    NO_FORWARD_ROUTE = "no_forward_route"
    NO_RETURN_ROUTE = "no_return_route"
    ROUTING_LOOP = "routing_loop"
    SESSION_LIMIT = "session_limit"
    STALE_NEIGHBOUR = "stale_neighbour"
    TTL_EXPIRED = "ttl_expired"
    PACKET_LOSS = "packet_loss"
    UNKNOWN_BEYOND_VISIBILITY = "unknown_beyond_visibility"


HEALTHY = frozenset({Cause.HEALTHY_SYMMETRIC, Cause.HEALTHY_ASYMMETRIC})


class FixClass(StrEnum):
    """Kinds of fix; the codes are a contract."""

    MAKE_RETURN_PATH_SYMMETRIC = "make_return_path_symmetric"
    ENABLE_STATE_SYNC = "enable_state_sync"
    STATELESS_RULE_FOR_FLOW = "stateless_rule_for_flow"
    BE_LIBERAL_OR_ACCEPT_UNTRACKED = "be_liberal_or_accept_untracked"
    REESTABLISH_SESSION = "reestablish_session"
    ACCEPT_MIDSTREAM_PICKUP = "accept_midstream_pickup"
    RESTORE_OLD_PATH = "restore_old_path"
    ROUTE_POOL_TO_TRANSLATOR = "route_pool_to_translator"
    SEPARATE_NAT_POOLS = "separate_nat_pools"
    SERVER_DEFAULT_ROUTE_VIA_TRANSLATOR = "server_default_route_via_translator"
    SOURCE_POLICY_ROUTING_ON_SERVER = "source_policy_routing_on_server"
    SNAT_ON_INGRESS_TRANSLATOR = "snat_on_ingress_translator"
    SNAT_ON_LB = "snat_on_lb"
    PROPER_DSR_VIP_ON_SERVER = "proper_dsr_vip_on_server"
    RP_FILTER_LOOSE = "rp_filter_loose"
    ROUTE_VIP_VIA_INGRESS = "route_vip_via_ingress"
    ALLOW_ICMP_FRAG_NEEDED = "allow_icmp_frag_needed"
    MSS_CLAMP = "mss_clamp"
    RAISE_MTU = "raise_mtu"
    REMOVE_POLICY_RULE = "remove_policy_rule"
    FIX_ACL = "fix_acl"
    REMOVE_BAD_LEG = "remove_bad_leg"
    SYMMETRIC_HASH = "symmetric_hash"
    ACTIVE_STANDBY = "active_standby"
    REMOVE_DUPLICATE_GATEWAY = "remove_duplicate_gateway"
    PERMIT_VRRP = "permit_vrrp"
    ADD_ROUTE = "add_route"
    FIX_ROUTE = "fix_route"
    ADD_FIREWALL_RULE = "add_firewall_rule"
    FIX_HOST_FIREWALL = "fix_host_firewall"
    START_SERVICE = "start_service"
    FIX_BIND_ADDRESS = "fix_bind_address"
    RESTORE_HOST = "restore_host"
    RAISE_LIMIT = "raise_limit"
    CLEAR_NEIGHBOUR = "clear_neighbour"
    DELETE_SESSION = "delete_session"
    RAISE_TTL = "raise_ttl"
    FIX_LINK = "fix_link"
    NONE = "none"


class Outcome(StrEnum):
    """The verdict in one word."""

    BROKEN = "broken"
    HEALTHY = "healthy"
    INCONCLUSIVE = "inconclusive"


class Direction(StrEnum):
    """Which way the flow breaks."""

    FORWARD = "forward"
    REVERSE = "reverse"
    BOTH = "both"

    @classmethod
    def of(cls, *, reverse: bool) -> Direction:
        """The one way of which it is known whether it is the answers' way. A packet, a walk and a
        drop have one of two ways, and never both: there it is a `reverse` of their own."""
        return cls.REVERSE if reverse else cls.FORWARD


@dataclass(frozen=True, slots=True)
class Reason:
    """One argument for (weight > 0) or against (weight < 0) a hypothesis, with the evidence it
    rests on."""

    weight: float
    text: str
    evidence: tuple[str, ...] = ()
    undated: bool = False  # seen once, and nothing says when


def _one_line(command: str) -> str:
    """A command that is pasted runs what is seen: no line ends, no control characters."""
    return "".join(c if c.isprintable() else "\ufffd" for c in command)


@dataclass(frozen=True, slots=True)
class Preparation:
    """What must be done before the proof of a fix counts, and why (a clause that begins with
    "which")."""

    remedies: tuple[Remedy, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A proposed change; never run by Bothways. Every command is one line, quoted for a shell.

    A hypothesis proposes a neutral `remedy`; the device's platform then gives the commands.
    """

    fix_class: FixClass
    device: str | None
    commands: tuple[str, ...] = ()
    rollback: tuple[str, ...] = ()
    side_effects: str = ""
    temporary: bool = False  # only to test the hypothesis
    proof: str = ""  # which check shows that it worked
    remedy: Remedy | None = None  # None = it is in commands already
    preparation: Preparation | None = None  # of the proof

    @classmethod
    def of(
        cls,
        fix_class: FixClass,
        remedy: Remedy,
        *,
        side_effects: str = "",
        temporary: bool = False,
        proof: str = "",
    ) -> Fix:
        """The remedy as a proposal, not yet in commands."""
        return cls(
            fix_class,
            remedy.device,
            side_effects=side_effects,
            temporary=temporary,
            proof=proof,
            remedy=remedy,
        )

    def __post_init__(self) -> None:
        for field_name in ("commands", "rollback"):
            object.__setattr__(self, field_name, tuple(map(_one_line, getattr(self, field_name))))


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One candidate cause with all that speaks for and against it."""

    cause: Cause
    guilty_node: str | None = None
    decided_by: str | None = None
    direction: Direction | None = None
    reasons: tuple[Reason, ...] = ()
    fixes: tuple[Fix, ...] = ()
    refuted_by: str | None = None  # what evidence does refute it, or would
    would_settle: str | None = None  # the evidence that would decide
    summary: str = ""  # one sentence a tired engineer understands
    lookup: LookupOn | None = None  # refuted_by and would_settle, before a platform spells them

    @property
    def score(self) -> float:
        """The sum of the weights; log-odds that rank.py turns into a confidence."""
        return sum(reason.weight for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hypothesis and how sure we are, 0 to 1."""

    hypothesis: Hypothesis
    confidence: float
    settled: str = ""  # in words: was asked what would decide it, and what came of it?


@dataclass(frozen=True, slots=True)
class Mistake:
    """One of the field guide's common mistakes: how it shows, what is behind it, what helps, and
    its signs here."""

    number: int
    name: str
    behind: str
    helps: str
    signs: tuple[str, ...]
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Underway:
    """A stretch of a way that lies inside of a tunnel: what carries it, and by which devices."""

    direction: Direction
    device: str  # where it goes in
    interface: str
    kind: str
    to: str  # where it comes out
    flow: str | None  # of the tunnel's own packets; None = the tunnel does not tell where it leads
    path: tuple[str, ...]  # of the tunnel's own packets; empty = not known
    label: str  # in words: "inside tunnel vx0 (vxlan): r1 > u > r2"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was not the same at the end of the run as at its beginning."""

    device: str
    text: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The conclusion. `as_dict` is the contract of `diagnose --json`; more fields are welcome, none
    may go."""

    outcome: Outcome
    best: Ranked
    alternatives: tuple[Ranked, ...] = ()
    also: tuple[Ranked, ...] = ()  # further faults that are there besides the best
    drop: Drop | None = None
    forward_path: tuple[str, ...] = ()
    reverse_path: tuple[str, ...] = ()
    divergent: bool = False
    boundaries_forward: tuple[str, ...] = ()
    boundaries_reverse: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()  # the common mistakes whose symptoms this case shows
    tunnels: tuple[Underway, ...] = ()  # stretches of both ways that lie inside of tunnels
    changes: tuple[Change, ...] = ()  # routes of the flow that came or went while the run watched
    boundaries: tuple[StateBoundary, ...] = ()  # every device that keeps state about the flow

    def as_dict(self) -> dict[str, Any]:
        """The verdict object; docs/diagnose.md lists its fields."""
        best = self.best.hypothesis
        return {
            "root_cause": best.cause.value,
            "verdict": self.outcome.value,
            "summary": best.summary,
            "guilty_node": best.guilty_node,
            "direction": best.direction.value if best.direction else None,
            "decided_by": best.decided_by,
            "drop": self.drop.as_dict() if self.drop is not None else None,
            "forward_path": list(self.forward_path),
            "reverse_path": list(self.reverse_path),
            "divergent": self.divergent,
            "state_boundaries": {
                "forward": list(self.boundaries_forward),
                "reverse": list(self.boundaries_reverse),
            },
            "confidence": round(self.best.confidence, 3),
            "reasons": [_reason(reason) for reason in best.reasons],
            "alternatives": [
                {
                    "root_cause": other.hypothesis.cause.value,
                    "confidence": round(other.confidence, 3),
                    "refuted_by": other.hypothesis.refuted_by,
                    "would_settle": other.hypothesis.would_settle,
                    "settled": other.settled,
                    "guilty_node": other.hypothesis.guilty_node,
                    "reasons": [_reason(reason) for reason in other.hypothesis.reasons],
                }
                for other in self.alternatives
            ],
            "also": [
                {
                    "root_cause": a.hypothesis.cause.value,
                    "guilty_node": a.hypothesis.guilty_node,
                    "confidence": round(a.confidence, 3),
                }
                for a in self.also
            ],
            "fix_class": list(dict.fromkeys(fix.fix_class for fix in best.fixes)) or ["none"],
            "fixes": [
                {
                    "class": fix.fix_class,
                    "device": fix.device,
                    "commands": list(fix.commands),
                    "rollback": list(fix.rollback),
                    "side_effects": fix.side_effects,
                    "temporary": fix.temporary,
                    "proof": fix.proof,
                }
                for fix in best.fixes
            ],
            "would_settle": best.would_settle,
            "settled": self.best.settled,
            "refuted_by": best.refuted_by,
            "mistakes": [_mistake(mistake) for mistake in self.mistakes],
            "changes": [
                {"device": c.device, "text": c.text, "evidence": list(c.evidence)}
                for c in self.changes
            ],
            "tunnels": [_underway(one) for one in self.tunnels],
            "boundaries": [one.as_dict() for one in self.boundaries],
            "unreached": list(self.unreached),
            "timings": dict(self.timings),
        }


def _reason(reason: Reason) -> dict[str, Any]:
    return {"weight": reason.weight, "text": reason.text, "evidence": list(reason.evidence)}


def _underway(one: Underway) -> dict[str, Any]:
    return {
        "direction": one.direction.value,
        "device": one.device,
        "interface": one.interface,
        "kind": one.kind,
        "to": one.to,
        "flow": one.flow,
        "path": list(one.path),
        "label": one.label,
    }


def _mistake(mistake: Mistake) -> dict[str, Any]:
    return {
        "number": mistake.number,
        "name": mistake.name,
        "behind": mistake.behind,
        "helps": mistake.helps,
        "signs": list(mistake.signs),
        "evidence": list(mistake.evidence),
    }
