"""Does a reverse-path check drop what arrives on an unexpected interface?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.settings import DeviceSetting, Knob, ReversePathMode, Scope
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, everyone, unusable

STRICT, LOOSE = ReversePathMode.STRICT, ReversePathMode.LOOSE


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device that is near, once; forwarding, ECMP hashing and connection tracking settings come with
    it."""
    return ask(everyone(view), Question.SETTINGS, QueryParams(), STEP.id)


def meaning(evidence: Evidence) -> str:
    """The larger of `all` and the interface's own value counts."""
    wide, own = _wide(evidence), _own(evidence)
    strict = sorted(name for name, one in own.items() if _stronger(one, wide).value is STRICT)
    if strict:
        unless = "" if wide else f", unless the value of all interfaces, {_HIDDEN}"
        return (
            f"Strict on {', '.join(strict[:8])}{unless}: what arrives there must be routed back out"
            " there, or it is dropped."
        )
    if wide is not None and wide.value is STRICT and not own:
        return (
            f"Strict on every interface, unless its own value, {_HIDDEN}: what arrives there must"
            " be routed back out there, or it is dropped."
        )
    return _none(evidence, wide, own)


_HIDDEN = "which is not shown, makes it loose"


def _none(evidence: Evidence, wide: DeviceSetting | None, own: dict[str, DeviceSetting]) -> str:
    """No check that is known is strict: is that all there is to know?"""
    if not _checks(evidence):
        return unusable(evidence) or "The device shows no such settings."
    if _both_shown(wide, own):
        return (
            "No strict reverse-path check: nothing is dropped here for arriving on an unexpected"
            " interface."
        )
    return (
        "No strict reverse-path check is shown, but of the value of all interfaces and of each"
        " interface's own the larger counts, and only a part of them is shown."
    )


def _both_shown(wide: DeviceSetting | None, own: dict[str, DeviceSetting]) -> bool:
    """Loose for all is the largest value: the interfaces' own add nothing."""
    if wide is None:
        return all(one.value is LOOSE for one in own.values())
    return bool(own) or wide.value is LOOSE


def _checks(evidence: Evidence) -> list[DeviceSetting]:
    found = evidence.of(DeviceSetting)
    return [one for one in found if one.knob is Knob.REVERSE_PATH_CHECK]


def _own(evidence: Evidence) -> dict[str, DeviceSetting]:
    """What each interface has of its own."""
    named = {one.interface: one for one in _checks(evidence)}
    return {name: one for name, one in named.items() if name is not None and name != "lo"}


def _wide(evidence: Evidence) -> DeviceSetting | None:
    """What holds on every interface at least."""
    everywhere = [one for one in _checks(evidence) if one.interface is None]
    return next((one for one in everywhere if one.scope is Scope.AT_LEAST), None)


def _stronger(own: DeviceSetting, wide: DeviceSetting | None) -> DeviceSetting:
    return wide if wide is not None and wide.strength > own.strength else own


STEP = Step(
    id="rp-filter",
    title="Reverse-path filter and kernel settings",
    question=(
        "Would the kernel drop a packet because its source is routed out of another interface?"
    ),
    phase=Phase.PROVE,
    run_phases=(RunPhase.SURVEY,),
    queries=queries,
    answers=(Question.SETTINGS,),
    task=4,
    meaning=meaning,
    decision=(
        "If it is strict where the flow arrives by another interface than it leaves, loosen it"
        " there (2), or make the routes symmetric."
    ),
)
