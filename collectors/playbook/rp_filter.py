"""Does a reverse-path check drop what arrives on an unexpected interface?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import Sysctl
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, everyone, unusable


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device, once; forwarding, ECMP hashing and connection tracking settings come with
    it."""
    return ask(everyone(view), Question.SETTINGS, QueryParams(), STEP.id)


def meaning(evidence: Evidence) -> str:
    """The larger of `all` and the interface's own value counts."""
    strict = sorted(name for name, value in _effective(evidence).items() if value == 1)
    if strict:
        return (
            f"Strict on {', '.join(strict[:8])}: what arrives there must be routed back out there,"
            " or it is dropped."
        )
    if not evidence.of(Sysctl):
        return unusable(evidence) or "The device shows no such settings."
    return (
        "No strict reverse-path check: nothing is dropped here for arriving on an unexpected"
        " interface."
    )


def _effective(evidence: Evidence) -> dict[str, int]:
    own = {
        setting.key.split(".")[-2]: int(setting.value)
        for setting in evidence.of(Sysctl)
        if setting.key.startswith("net.ipv4.conf.")
        and setting.key.endswith(".rp_filter")
        and setting.value.isdigit()
    }
    everywhere = own.pop("all", 0)
    own.pop("default", None)
    return {name: max(value, everywhere) for name, value in own.items() if name != "lo"}


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
