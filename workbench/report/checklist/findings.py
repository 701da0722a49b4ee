"""What was found at each point that devices answer, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from collectors.model.evidence import Question
from workbench.analysis.case.state_boundary import Sharing, StateKept
from workbench.analysis.case.wording import listed
from workbench.report.checklist.facts import Looked
from workbench.report.checklist.points import TRACKING

MOST = 3  # things that one sentence names


def found_at(number: int, looked: Looked) -> str:
    """The sentence of one point; empty = nothing worth one yet."""
    spell = _FOUND.get(number)
    return spell(looked) if spell else ""


def _capture_at(device: str, looked: Looked) -> str:
    return _newest(looked, device, Question.CAPTURE)


def _newest(looked: Looked, device: str, question: Question) -> str:
    """What the newest answer of a device means."""
    usable = [one for one in looked.of(device, (question,)) if one.status == "answered"]
    return looked.says(usable[-1].evidence) if usable else ""


def _routes(looked: Looked) -> str:
    return "; ".join(_first_hops(looked))


def _first_hops(looked: Looked) -> Iterator[str]:
    for way in ("forward", "reverse"):
        hops = (looked.picture or {}).get(way, {}).get("hops", ())
        if hops and (hops[0].get("oif") or hops[0].get("decided")):
            how = f" ({hops[0]['decided']})" if hops[0].get("decided") else ""
            yield f"{hops[0]['name']} sends by {hops[0].get('oif') or '?'}{how}"


def _rules(looked: Looked) -> str:
    ends = [name for name in (looked.ways.client, looked.ways.server) if name]
    told = [(name, _newest(looked, name, Question.RULES)) for name in dict.fromkeys(ends)]
    return "; ".join(f"{name}: {words.rstrip('.')}" for name, words in told if words)


def _checks(looked: Looked) -> str:
    if not looked.verdict or "boundaries" not in looked.verdict:
        return ""
    strict = [one.device for one in looked.ways.boundaries if StateKept.REVERSE_PATH in one.keeps]
    if strict:
        return f"Strict where the flow comes in: {listed(strict)}."
    return "No strict check is shown where the flow comes in."


def _moves(looked: Looked) -> str:
    moves = (looked.picture or {}).get("moves") or []
    telling = [one for one in moves if one["kind"] == "drop" or "invalid" in one["what"].lower()]
    if telling:
        return "; ".join(
            f"{one['device']}: {one['what']}, +{one['rose']}" for one in telling[:MOST]
        )
    return "No such counter rose while the run watched." if _sampled(looked) else ""


def _sampled(looked: Looked) -> bool:
    """Was everybody who keeps state read twice? A counter says nothing until it could move."""
    return bool(looked.ways.stateful) and all(
        {"before", "after"} <= {one.sample for one in looked.of(name, TRACKING)}
        for name in looked.ways.stateful
    )


def _branches(looked: Looked) -> str:
    others = looked.ways.alternates or {}
    if not others:
        known = looked.ways.devices and not looked.ways.unknown
        return "No next hop of equal cost is seen on either path." if known else ""
    named = [f"{name} could also use {listed(next_)}" for name, next_ in others.items()]
    return f"{'; '.join(named[:MOST])}.{_fails(looked)}"


def _fails(looked: Looked) -> str:
    """Do some source ports fail, as far as they were tried or predicted?"""
    ways = ((looked.picture or {}).get("spread") or {}).get("ways") or []
    if not ways:
        return ""
    bad = sum(1 for way in ways if way.get("fails"))
    return f" {bad} of {len(ways)} branches fail."


_SHARED = {
    Sharing.PROVED: "share this session",
    Sharing.REFUTED: "do not share this session: one has it, another has not",
    Sharing.UNKNOWN: "were not seen to share it, nor not to",
}


def _sharing(looked: Looked) -> str:
    groups = {one.group: one.sharing for one in looked.ways.boundaries if one.group}
    told = [f"the members of {group} {_SHARED[how]}" for group, how in groups.items() if how]
    alone = [name for name in looked.ways.stateful if not _in_group(looked, name)]
    if len(alone) > 1:
        told.append(f"{listed(alone)} are of no state group: nothing says that they share sessions")
    if not told and looked.final:
        return "No two devices on the paths are to share state."
    return f"{'; '.join(told)[:1].upper()}{'; '.join(told)[1:]}." if told else ""


def _in_group(looked: Looked, device: str) -> bool:
    return any(one.device == device and one.group for one in looked.ways.boundaries)


_FOUND: dict[int, Callable[[Looked], str]] = {
    2: lambda looked: _capture_at(looked.ways.client, looked),
    3: lambda looked: _capture_at(looked.ways.server, looked),
    4: _routes,
    5: _rules,
    6: _checks,
    7: _moves,
    8: _branches,
    9: _sharing,
}
