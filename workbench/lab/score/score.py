"""Compares one verdict with the truth of its lab, and sums many up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from workbench.analysis.diagnosis.ranking.consistency import contradictions
from workbench.lab.declare.plan import LabPlan
from workbench.lab.declare.words import Account

FIELDS = ("root_cause", "guilty_node", "direction", "forward_path", "reverse_path")
SURE = 0.8
NO_WIRE = "0"  # the wire of a lab whose links are as short as they are
BANDS = ((0.0, 0.5), (0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01))


@dataclass(frozen=True, slots=True)
class Score:
    """One diagnosis against the truth."""

    lab: str
    seed: int
    truth: dict[str, Any]
    verdict: dict[str, Any]
    right: dict[str, bool]
    confidence: float
    seconds: float
    beyond_window: float | None = None
    problem: str = ""
    wan: str = NO_WIRE
    # parts of the verdict that do not fit together; None = not looked
    contradictions: tuple[str, ...] | None = None
    # what the run did to the flow that it came to see: "healed" or "broken"; "" = nothing seen
    changed: str = ""

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Score:
        """What `as_dict` made."""
        own = {
            name: value
            for name, value in kept.items()
            if name not in ("all_right", "sure_and_wrong")
        }
        against = own.get("contradictions")
        return cls(**own | {"contradictions": None if against is None else tuple(against)})

    @property
    def key(self) -> tuple[str, int, str]:
        """What tells this run from others."""
        return self.lab, self.seed, self.wan

    @property
    def name(self) -> str:
        """The same in one word."""
        return f"{self.lab}/{self.seed}" + (f"@{self.wan}" if self.wan != NO_WIRE else "")

    @property
    def named(self) -> bool:
        """Are the cause and the device right?"""
        return self.right["root_cause"] and self.right["guilty_node"]

    @property
    def all_right(self) -> bool:
        """Are all five fields right?"""
        return all(self.right.values())

    @property
    def sure_and_wrong(self) -> bool:
        """The worst outcome: confident, and the cause or the device is wrong."""
        return self.confidence >= SURE and not self.named

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self) | {"all_right": self.all_right, "sure_and_wrong": self.sure_and_wrong}


def change(plan: LabPlan, outcomes: Sequence[dict[str, Any]], began: float, ended: float) -> str:
    """Does the flow fare otherwise after the run than just before it? `began`, `ended`: the run, in
    seconds.

    Nothing is said of a fault that comes and goes, nor where the client tried nothing before or
    after.
    """
    before = [bool(one["ok"]) for one in outcomes if one["time"] < began]
    later = [bool(one["ok"]) for one in outcomes if one["time"] >= ended]
    if plan.lab.truth.sometimes or not before or not later:
        return ""
    works, worked = later[-1], before[-1]
    wavers = len(set(later)) > 1
    if wavers or works == worked:
        return ""
    return "healed" if works else "broken"


def expected(plan: LabPlan) -> dict[str, Any]:
    """The truth in the words of the verdict object, with the names that this seed gave."""
    truth = plan.lab.truth
    return {
        "root_cause": truth.cause.value,
        "guilty_node": plan.called[truth.guilty] if truth.guilty else None,
        "direction": truth.direction.value if truth.direction else None,
        "forward_path": [plan.called[name] for name in truth.forward.split()],
        "reverse_path": [plan.called[name] for name in truth.reverse.split()],
    }


def truths(plan: LabPlan) -> Iterable[dict[str, Any]]:
    """The truth, and where chance decides between two nodes the same with these two exchanged."""
    truth = expected(plan)
    yield truth
    if plan.lab.truth.swap:
        one, other = (plan.called[name] for name in plan.lab.truth.swap)
        turned = {one: other, other: one}
        yield {
            field: (
                [turned.get(name, name) for name in said]
                if isinstance(said, list)
                else turned.get(said, said)
            )
            for field, said in truth.items()
        }


def judge(plan: LabPlan, verdict: dict[str, Any], seconds: float, problem: str = "") -> Score:
    """Which fields of the verdict are right?"""
    scores = [_judged(plan, truth, verdict, seconds, problem) for truth in truths(plan)]
    return max(scores, key=lambda score: sum(score.right.values()))


def _judged(
    plan: LabPlan, truth: dict[str, Any], verdict: dict[str, Any], seconds: float, problem: str
) -> Score:
    right = {name: verdict.get(name) == truth[name] for name in FIELDS[:3]}
    guilty = truth["guilty_node"]
    right["guilty_node"] |= guilty is not None and verdict.get("guilty_node") in _names(
        plan, guilty
    )
    right |= {name: _same_way(plan, truth[name], verdict.get(name) or []) for name in FIELDS[3:]}
    timings = verdict.get("timings") or {}
    kept = {name: verdict.get(name) for name in (*FIELDS, "decided_by", "verdict", "summary")}
    confidence = float(verdict.get("confidence") or 0.0)
    beyond = timings.get("beyond_window")
    against = contradictions(verdict) if verdict.get("verdict") else None
    params = (plan.lab.name, plan.seed, truth, kept, right, confidence, seconds, beyond, problem)
    return Score(*params, contradictions=against)


def _same_way(plan: LabPlan, truth: Sequence[str], reported: Sequence[str]) -> bool:
    return len(truth) == len(reported) and all(
        reported[i] in _names(plan, truth[i]) for i in range(len(truth))
    )


def _names(plan: LabPlan, called: str) -> set[str]:
    """What a node may be called: its name; where it cannot be logged in to, any of its addresses or
    `?` too."""
    name = next(declared for declared, real in plan.called.items() if real == called)
    if plan.accounts[name] is not Account.NONE and not plan.lab.node(name).down:
        return {called}
    return {called, "?", *(str(port.address.ip) for port in plan.ports_of(name))}


@dataclass(frozen=True, slots=True)
class Band:
    """Verdicts with about the same confidence."""

    name: str
    verdicts: int
    told: float | None  # their mean confidence
    right: float | None  # the share of them that had cause and device right

    @classmethod
    def of(cls, low: float, high: float, scores: Iterable[Score]) -> Band:
        """Those of them whose confidence is at least `low` and below `high`."""
        within = [score for score in scores if low <= score.confidence < high]
        name = f"{low:.2f}-{min(high, 1.0):.2f}"
        if not within:
            return cls(name, 0, None, None)
        mean = sum(score.confidence for score in within) / len(within)
        return cls(name, len(within), mean, sum(score.named for score in within) / len(within))


@dataclass(frozen=True)
class Summary:
    """What many diagnoses come to."""

    scores: tuple[Score, ...]
    fields: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, scores: Iterable[Score]) -> Summary:
        """Count the right ones, field by field."""
        given = tuple(scores)
        total = max(1, len(given))
        shares = {name: sum(s.right[name] for s in given) / total for name in FIELDS}
        return cls(given, shares | {"all_five": sum(s.all_right for s in given) / total})

    @property
    def confusion(self) -> Counter[tuple[str, str]]:
        """(true cause, reported cause) -> how often."""
        return Counter((s.truth["root_cause"], str(s.verdict["root_cause"])) for s in self.scores)

    @property
    def looked_at(self) -> int:
        """How many verdicts were searched for parts that contradict each other?"""
        return sum(s.contradictions is not None for s in self.scores)

    def calibration(self) -> list[Band]:
        """For each band of confidence: how many verdicts, with what confidence, and how many were
        right."""
        return [Band.of(low, high, self.scores) for low, high in BANDS]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "runs": len(self.scores),
            "fields": self.fields,
            "confusion": [
                {"truth": t, "told": v, "times": n} for (t, v), n in sorted(self.confusion.items())
            ],
            "calibration": [asdict(band) for band in self.calibration()],
            "sure_and_wrong": [s.name for s in self.scores if s.sure_and_wrong],
            "changed": {s.name: s.changed for s in self.scores if s.changed},
            "contradictory": {s.name: s.contradictions for s in self.scores if s.contradictions},
            "seconds": sorted(round(s.seconds, 1) for s in self.scores),
            "scores": [s.as_dict() for s in self.scores],
        }

    def lines(self) -> Iterable[str]:
        """The same as a table for people."""
        yield f"{len(self.scores)} runs"
        yield from (f"  {name:13} {100 * share:5.1f} %" for name, share in self.fields.items())
        yield "confusion (truth -> told)"
        yield from (
            f"  {n:3}  {t} -> {v}" for (t, v), n in sorted(self.confusion.items()) if t != v
        )
        yield "calibration (confidence: verdicts, cause and device right)"
        for band in self.calibration():
            yield (
                f"  {band.name}: {band.verdicts:3} "
                f" {'' if band.right is None else f'{100 * band.right:.0f} %'}"
            )
        sure = [s.name for s in self.scores if s.sure_and_wrong]
        yield f"sure and wrong: {', '.join(sure) or 'none'}"
        against = [
            f"{s.name} ({'; '.join(s.contradictions)})" for s in self.scores if s.contradictions
        ]
        yield (
            f"verdicts that contradict themselves, of {self.looked_at}:"
            f" {', '.join(against) or 'none'}"
        )
        changed = [f"{s.name} ({s.changed})" for s in self.scores if s.changed]
        yield f"flows that fared otherwise after the run: {', '.join(changed) or 'none'}"
        times = sorted(s.seconds for s in self.scores) or [0.0]
        yield f"seconds to the verdict: median {times[len(times) // 2]:.1f}, worst {times[-1]:.1f}"
