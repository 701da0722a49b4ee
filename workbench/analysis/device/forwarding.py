"""Does a device pass packets on at all? A router whose forwarding is off has routes, and uses them
for itself only."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Question
from collectors.model.settings import Knob
from workbench.analysis.case.case import Case
from workbench.analysis.device.route_decision import NO_ROUTE, UNICAST, Decision


def if_it_forwards(
    case: Case, device: str, iif: str | None, version: int, found: Decision
) -> Decision:
    """The decision about a packet that came in there: no way on where the device's settings say
    that it forwards none.

    Its own answer for exactly this packet counts more than a setting; IPv6's `ip route get` does
    not ask that setting.
    """
    if iif is None or found.kind != UNICAST:
        return found
    if version == 4 and _answered(found):
        return found
    forwarding = case.setting(device, Knob.FORWARDING, iif, version)
    if forwarding is None or forwarding.value is not False:
        return found
    evidence = tuple(item.id for item in case.answers(device, Question.SETTINGS)[-1:])
    return replace(
        found,
        kind=NO_ROUTE,
        chosen=None,
        words=f"it passes nothing on that comes in on {iif}: {forwarding.words}",
        forwards=False,
        evidence=(*evidence, *found.evidence),
    )


def _answered(found: Decision) -> bool:
    """Did the device itself say where it sends exactly this packet?"""
    return found.exact and found.refusal is None
