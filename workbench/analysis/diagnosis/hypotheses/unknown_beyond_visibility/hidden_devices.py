"""Devices that cannot be asked or watched: packets go in, and nobody tells what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.findings import Fate
from workbench.analysis.case.verdict import Reason
from workbench.analysis.case.wording import listed
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, WEAK
from workbench.analysis.diagnosis.facts.stops.gaps import gap
from workbench.analysis.diagnosis.facts.stops.horizon import Horizon, heard_beyond, horizon
from workbench.analysis.diagnosis.hypotheses.unknown_beyond_visibility import failed_attempts, logs
from workbench.analysis.evidence.suspects import suspect

LATE = "the service is slow, or later packets are lost where nothing can be asked"
_OPEN = frozenset({Fate.INVISIBLE, Fate.UNRESOLVED})


def blind_spots(scene: Scene) -> tuple[str, ...]:
    """Which places on either way cannot be asked?"""
    paths = (scene.findings.forward, scene.findings.reverse)
    ends = tuple(f"what lies beyond {p.hops[-1].name}" for p in paths if p.fate in _OPEN and p.hops)
    return tuple(dict.fromkeys((*scene.unreached, *ends)))


def reasons(scene: Scene) -> Iterator[Reason]:
    """Packets that vanish beyond a device, and who cannot be asked."""
    found = horizon(scene)
    if found is not None:
        beyond = f"; {found.missed} behind it never gets it" if found.missed else ""
        text = f"{found.last} sends the packet on to {listed(found.hidden)}{beyond}"
        yield Reason(_weight(scene, found), text, found.evidence)
    blind = blind_spots(scene)
    if blind and gap(scene) is None:
        yield Reason(WEAK, f"{listed(blind)} cannot be asked")


def _weight(scene: Scene, found: Horizon) -> float:
    if all(name in scene.unreached for name in found.hidden):
        weight = DIRECT if found.missed else STRONG
    else:
        weight = WEAK if found.missed else 0.0
    return min(weight, WEAK) if heard_beyond(scene, found) else weight


def hidden_suspect(scene: Scene, found: Horizon) -> str:
    """Which of the hidden devices is the likeliest to stop packets?"""
    path = scene.findings.path(found.reverse)
    return suspect(scene.case, path, [hop for hop in path.hops if hop.name in found.hidden]).name


def only_suspect(scene: Scene) -> str | None:
    """The one device of the whole way that cannot be asked, where packets are known to be lost."""
    blind = blind_spots(scene)
    alone = len(blind) == 1 and blind[0] in scene.unreached
    failing = scene.findings.drop is None and scene.findings.flow_works is False
    return blind[0] if alone and failing and not failed_attempts.refused(scene) else None


def summary_beyond(scene: Scene) -> str | None:
    """Where do packets go that are not seen again?"""
    found = horizon(scene)
    if found is None:
        return None
    place = f"{listed(found.hidden)}, which cannot be watched"
    if not heard_beyond(scene, found):
        return f"{found.last} sends the packets on to {place}, and there they vanish"
    target = scene.findings.path(found.reverse).flow.dst
    return (
        f"{found.last} sends the packets on to {place}, and no answer comes; {target}"
        f" answers pings, so a filter on the way or at {target} itself may stop them:"
        " which, cannot be known from here"
    )


def summary(scene: Scene) -> str | None:
    """What can be said, where somebody cannot be asked?"""
    blind = listed(blind_spots(scene))
    if not blind:
        return None
    if scene.findings.flow_works is None and scene.findings.drop is None:
        nothing = "nothing that was seen tells whether the flow works"
        return logs.summary(scene, nothing) or f"{nothing}: {blind} cannot be asked"
    if failed_attempts.refused(scene):
        return (
            f"the connection is refused at once, and nothing here tells why: {blind} cannot be"
            " asked"
        )
    if failed_attempts.only_late(scene):
        return f"connections are made and what they ask is not answered in time: {LATE} ({blind})"
    shown = next((f"{one.loss.text}; " for one in scene.attempts if one.loss is not None), "")
    return f"{shown}the packets are lost where nothing can be asked: {blind}"
