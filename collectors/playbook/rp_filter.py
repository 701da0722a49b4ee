"""Does a reverse-path check drop what arrives on an unexpected interface?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.settings import DeviceSetting, Knob, ReversePathMode, Scope, Value
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, everyone, unusable

STRICT = ReversePathMode.STRICT


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device, once; forwarding, ECMP hashing and connection tracking settings come with
    it."""
    return ask(everyone(view), Question.SETTINGS, QueryParams(), STEP.id)


def meaning(evidence: Evidence) -> str:
    """The larger of `all` and the interface's own value counts."""
    strict = sorted(name for name, mode in _modes(evidence).items() if mode is STRICT)
    if strict:
        return (
            f"Strict on {', '.join(strict[:8])}: what arrives there must be routed back out there,"
            " or it is dropped."
        )
    if not evidence.of(DeviceSetting):
        return unusable(evidence) or "The device shows no such settings."
    return (
        "No strict reverse-path check: nothing is dropped here for arriving on an unexpected"
        " interface."
    )


def _modes(evidence: Evidence) -> dict[str, Value | None]:
    """How strict the check is on each interface."""
    found = [one for one in evidence.of(DeviceSetting) if one.knob is Knob.REVERSE_PATH_CHECK]
    of_all = [one for one in found if _for_all(one)]
    modes: dict[str, Value | None] = {}
    for one in found:
        if one.interface not in (None, "lo"):
            strongest = max((one, *of_all), key=lambda setting: setting.strength)
            modes[str(one.interface)] = strongest.value
    return modes


def _for_all(one: DeviceSetting) -> bool:
    """Does it hold on every interface where it is the larger number?"""
    return one.interface is None and one.scope is Scope.AT_LEAST


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
