"""Whose log names packets with the flow's addresses as martians: refused by the reverse-path check
of an interface?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Flow
from collectors.model.records import LogLine
from collectors.model.settings import ReversePathMode
from workbench.analysis.case.verdict import Reason
from workbench.analysis.case.wording import some
from workbench.analysis.device.own_log import outdated
from workbench.analysis.device.reverse_path import PathCheck, reverse_path_check, unless_loose
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, WEAK, both_ends


@dataclass(frozen=True, slots=True)
class Martian:
    """Lines of one device about one direction on one interface."""

    context: Context
    device: str
    interface: str
    reverse: bool
    flow: Flow
    lines: int
    evidence: str
    undated: bool = False  # pasted, and nothing says when they were written

    @property
    def packet(self) -> str:
        """Whose packet it was, in words."""
        return "the server's answer" if self.reverse else "the client's packet"


def martians(context: Context) -> Iterator[Martian]:
    """Every interface on which a device's own log names packets of the flow so."""
    for device in context.case.inventory.devices:
        newest = context.case.answer(device.name, Question.LOGS)
        if newest is not None:
            yield from _of(context, device.name, newest)


def _of(context: Context, device: str, item: Evidence) -> Iterator[Martian]:
    found: dict[tuple[str, bool, Flow], list[LogLine]] = {}
    for line in item.of(LogLine):
        direction = None if outdated(line) else _matching(context, line)
        if direction is not None:
            found.setdefault((line.iif or "", *direction), []).append(line)
    for (interface, reverse, flow), lines in found.items():
        undated = item.pasted_by is not None and all(line.age is None for line in lines)
        yield Martian(context, device, interface, reverse, flow, len(lines), item.id, undated)


def _matching(context: Context, line: LogLine) -> tuple[bool, Flow] | None:
    """The direction, and the flow, whose packet the line calls a martian."""
    if line.ends is None or line.prefix != "martian source" or line.iif is None:
        return None
    for flow in context.flows:
        if (flow.src, flow.dst) == line.ends:
            return False, flow
    for flow in context.flows:
        if (flow.dst, flow.src) == line.ends:
            return True, flow.reversed()
    return None


def martian_reasons(found: Martian) -> Iterator[Reason]:
    """For and against: that check is what breaks the flow."""
    yield from both_ends(found.context)
    pair = f"from {found.flow.src} to {found.flow.dst}"
    text = (
        f"the log of {found.device} names {some(found.lines, 'packet')} {pair} on {found.interface} as"
        " martians"
    )
    yield Reason(
        STRONG if found.undated else DIRECT, text, (found.evidence,), undated=found.undated
    )
    check = reverse_path_check(found.context.case, found.device, found.flow, found.interface)
    if check.mode is ReversePathMode.OFF:
        name = check.setting.label if check.setting is not None else "its reverse-path check"
        yield Reason(-STRONG, f"{name} is off on {found.interface}", check.evidence)
    elif check.drops:
        unless = unless_loose(check.unknown)
        text = f"{_how(check)} on {found.interface}{unless}: {check.words}"
        yield Reason(WEAK if check.unknown else STRONG, text, check.evidence)


def _how(check: PathCheck) -> str:
    """How strict the check is, as the device writes it where it does."""
    if check.setting is None:
        return "it is not known how strict the reverse-path check is"
    return f"{check.setting.label} is {check.setting.text}"
