"""Compares one verdict with the truth of its lab, and sums many up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from workbench.lab.declare import Account
from workbench.lab.plan import Plan

FIELDS = ("root_cause", "guilty_node", "direction", "forward_path", "reverse_path")
SURE = 0.8
BANDS = ((0.0, 0.5), (0.5, 0.8), (0.8, 0.9), (0.9, 0.97), (0.97, 1.01))


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

    @property
    def all_right(self) -> bool:
        """Are all five fields right?"""
        return all(self.right.values())

    @property
    def sure_and_wrong(self) -> bool:
        """The worst outcome: confident, and the cause or the device is wrong."""
        return self.confidence >= SURE and not (self.right["root_cause"] and self.right["guilty_node"])

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self) | {"all_right": self.all_right, "sure_and_wrong": self.sure_and_wrong}


def expected(plan: Plan) -> dict[str, Any]:
    """The truth in the words of the verdict object, with the names that this seed gave."""
    truth = plan.lab.truth
    return {
        "root_cause": truth.cause.value,
        "guilty_node": plan.called[truth.guilty] if truth.guilty else None,
        "direction": truth.direction.value if truth.direction else None,
        "forward_path": [plan.called[name] for name in truth.forward.split()],
        "reverse_path": [plan.called[name] for name in truth.reverse.split()],
    }


def truths(plan: Plan) -> Iterable[dict[str, Any]]:
    """The truth, and where chance decides between two nodes the same with these two exchanged."""
    truth = expected(plan)
    yield truth
    if plan.lab.truth.swap:
        one, other = (plan.called[name] for name in plan.lab.truth.swap)
        turned = {one: other, other: one}
        yield {
            field: [turned.get(name, name) for name in told] if isinstance(told, list) else turned.get(told, told)
            for field, told in truth.items()
        }


def judge(plan: Plan, verdict: dict[str, Any], seconds: float, problem: str = "") -> Score:
    """Which fields of the verdict are right?"""
    scores = [_judged(plan, truth, verdict, seconds, problem) for truth in truths(plan)]
    return max(scores, key=lambda score: sum(score.right.values()))


def _judged(plan: Plan, truth: dict[str, Any], verdict: dict[str, Any], seconds: float, problem: str) -> Score:
    right = {name: verdict.get(name) == truth[name] for name in FIELDS[:3]}
    guilty = truth["guilty_node"]
    right["guilty_node"] |= guilty is not None and verdict.get("guilty_node") in _names(plan, guilty)
    right |= {name: _same_way(plan, truth[name], verdict.get(name) or []) for name in FIELDS[3:]}
    timings = verdict.get("timings") or {}
    kept = {name: verdict.get(name) for name in (*FIELDS, "decided_by", "verdict", "summary")}
    confidence = float(verdict.get("confidence") or 0.0)
    beyond = timings.get("beyond_window")
    return Score(plan.lab.name, plan.seed, truth, kept, right, confidence, seconds, beyond, problem)


def _same_way(plan: Plan, truth: Sequence[str], told: Sequence[str]) -> bool:
    return len(truth) == len(told) and all(told[i] in _names(plan, truth[i]) for i in range(len(truth)))


def _names(plan: Plan, called: str) -> set[str]:
    """What a node may be called: its name; where it cannot be logged in to, any of its addresses or `?` too."""
    name = next(declared for declared, real in plan.called.items() if real == called)
    if plan.accounts[name] is not Account.NONE and not plan.lab.node(name).down:
        return {called}
    return {called, "?", *(str(port.address.ip) for port in plan.ports_of(name))}


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
        """(true cause, told cause) -> how often."""
        return Counter((s.truth["root_cause"], str(s.verdict["root_cause"])) for s in self.scores)

    def calibration(self) -> list[tuple[str, int, float | None]]:
        """For each band of confidence: how many verdicts, and what share had cause and device right."""
        rows: list[tuple[str, int, float | None]] = []
        for low, high in BANDS:
            within = [s for s in self.scores if low <= s.confidence < high]
            good = [s for s in within if s.right["root_cause"] and s.right["guilty_node"]]
            rows.append((f"{low:.2f}-{min(high, 1.0):.2f}", len(within), len(good) / len(within) if within else None))
        return rows

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "runs": len(self.scores),
            "fields": self.fields,
            "confusion": [{"truth": t, "told": v, "times": n} for (t, v), n in sorted(self.confusion.items())],
            "calibration": [{"band": b, "verdicts": n, "right": share} for b, n, share in self.calibration()],
            "sure_and_wrong": [f"{s.lab}/{s.seed}" for s in self.scores if s.sure_and_wrong],
            "seconds": sorted(round(s.seconds, 1) for s in self.scores),
            "scores": [s.as_dict() for s in self.scores],
        }

    def lines(self) -> Iterable[str]:
        """The same as a table for people."""
        yield f"{len(self.scores)} runs"
        yield from (f"  {name:13} {100 * share:5.1f} %" for name, share in self.fields.items())
        yield "confusion (truth -> told)"
        yield from (f"  {n:3}  {t} -> {v}" for (t, v), n in sorted(self.confusion.items()) if t != v)
        yield "calibration (confidence: verdicts, cause and device right)"
        for band, count, share in self.calibration():
            yield f"  {band}: {count:3}  {'' if share is None else f'{100 * share:.0f} %'}"
        sure = [f"{s.lab}/{s.seed}" for s in self.scores if s.sure_and_wrong]
        yield f"sure and wrong: {', '.join(sure) or 'none'}"
        times = sorted(s.seconds for s in self.scores) or [0.0]
        yield f"seconds to the verdict: median {times[len(times) // 2]:.1f}, worst {times[-1]:.1f}"
