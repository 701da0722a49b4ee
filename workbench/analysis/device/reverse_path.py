"""Would this device's reverse-path check refuse a packet that comes in on this interface?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.settings import DeviceSetting, Knob, ReversePathMode
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.settings import Half
from workbench.analysis.device.fib import decide, from_tables
from workbench.analysis.device.route_answers import choice
from workbench.analysis.device.route_decision import LOCAL, UNICAST, UNKNOWN, Decision


@dataclass(frozen=True, slots=True)
class PathCheck:
    """What the reverse-path check of one interface makes of one packet."""

    mode: ReversePathMode | None  # None = not known
    drops: bool | None  # None = not known
    back: Decision | None = None  # where the device itself would send packets to the source
    why: str = ""
    by_mode: bool = False  # how strict it is decides, not the packet alone
    evidence: tuple[str, ...] = ()
    setting: DeviceSetting | None = None  # None = not known, or no check applies
    unknown: str = ""  # the value, not known, that would let the packet pass if it were loose

    @property
    def checks(self) -> bool:
        """Is it known to be on?"""
        return self.mode not in (None, ReversePathMode.OFF)

    @property
    def words(self) -> str:
        """Why, with the mode where that decides."""
        return f"{self.mode}: {self.why}" if self.by_mode else self.why


def reverse_path_check(
    case: Case,
    device: str,
    flow: Flow,
    iif: str | None,
    oif: str | None = None,
    mark: int | None = None,
) -> PathCheck:
    """Would the check on the input interface drop this packet? oif None = the packet is for the
    device itself.

    Routing checks IPv4 only: of IPv6 the question is one for the packet filter (`fib saddr . iif
    oif missing`).
    """
    if iif is None or flow.version == 6:
        return PathCheck(ReversePathMode.OFF, False, why="no reverse-path check applies")
    setting, evidence = reverse_path_mode(case, device, iif)
    back = _way_back(case, device, flow, iif, oif, mark)
    found = _judged(case, device, flow, iif, setting, back)
    loose_would_pass = found.drops is True and back.kind == UNICAST
    unknown = unknown_strictness(case, device, iif) if loose_would_pass else ""
    return replace(found, evidence=(*evidence, *back.evidence), setting=setting, unknown=unknown)


def _way_back(
    case: Case, device: str, flow: Flow, iif: str, oif: str | None, mark: int | None
) -> Decision:
    """Where the device would send packets to the source; its mark counts only where it is set
    so."""
    counts = _is_on(case, device, Knob.MARK_IN_REVERSE_CHECK, iif)
    back = from_tables(case, device, flow.reversed(), oif, mark if counts else 0)
    return decide(case, device, flow.reversed(), oif, mark) if back.kind == UNKNOWN else back


def _judged(
    case: Case,
    device: str,
    flow: Flow,
    iif: str,
    setting: DeviceSetting | None,
    back: Decision,
) -> PathCheck:
    """Does it drop the packet, and why?"""
    mode = mode_of(setting)
    passes, drops = partial(PathCheck, mode, False, back), partial(PathCheck, mode, True, back)
    if back.kind == LOCAL:
        # such a packet is a martian, however strict the check is
        accepted = _is_on(case, device, Knob.ACCEPT_OWN_SOURCE, iif)
        words = f"{flow.src} is an address of its own: a packet from it is a martian"
        return passes(words) if accepted else drops(words)
    if setting is not None and mode is ReversePathMode.OFF:
        return passes(f"{setting.label} is off on {iif}")
    if mode is None or back.kind == UNKNOWN:
        return PathCheck(mode, None, back, "not known")
    if back.kind != UNICAST:
        return drops(f"it has no route back to {flow.src}")
    if mode is ReversePathMode.LOOSE:
        return passes("there is a route to the source", by_mode=True)
    return _judged_strictly(flow, iif, back)


def _judged_strictly(flow: Flow, iif: str, back: Decision) -> PathCheck:
    """Strict: only by the interface that leads back to the source may its packets come in."""
    mode = ReversePathMode.STRICT
    interfaces = sorted({hop.interface or "?" for hop in back.next_hops})
    if iif in interfaces:
        return PathCheck(mode, False, back, f"{flow.src} is reached by {iif} too", by_mode=True)
    others = " or ".join(interfaces)
    why = f"{flow.src} would be reached by {others}, the packet came in on {iif}"
    return PathCheck(mode, True, back, why, by_mode=True)


def reverse_path_mode(
    case: Case, device: str, iif: str
) -> tuple[DeviceSetting | None, tuple[str, ...]]:
    """Which setting counts on the interface, and the evidence? None = not known."""
    evidence = tuple(item.id for item in case.answers(device, Question.SETTINGS)[-1:])
    return case.setting(device, Knob.REVERSE_PATH_CHECK, iif, 4), evidence


def unknown_strictness(case: Case, device: str, iif: str) -> str:
    """Which value, not known, could make a check loose that is strict by the other one? "" = none.

    The larger of `all` and the interface's own counts, and loose is the larger (ip-sysctl.rst).
    """
    setting, _ = reverse_path_mode(case, device, iif)
    if setting is None or mode_of(setting) is not ReversePathMode.STRICT:
        return ""
    half = case.known_settings(device).unknown_half(Knob.REVERSE_PATH_CHECK, iif, 4)
    if half is None:
        return ""
    return f"{setting.label} of {iif if half is Half.INTERFACE else 'all interfaces'}"


def unless_loose(unknown: str) -> str:
    """The same as the end of a sentence about a strict check."""
    return f", unless {unknown}, which is not known, makes it loose" if unknown else ""


def mode_of(setting: DeviceSetting | None) -> ReversePathMode | None:
    """Which mode is it? None = not known."""
    value = setting.value if setting is not None else None
    return value if isinstance(value, ReversePathMode) else None


def _is_on(case: Case, device: str, knob: Knob, iif: str) -> bool:
    found = case.setting(device, knob, iif, 4)
    return found is not None and found.value is True


@dataclass(frozen=True, slots=True)
class ReverseCheck:
    """The outcome of the check, and what it rests on."""

    refuses: bool
    text: str
    refused_by_kernel: bool = False  # the kernel itself refused to route exactly this packet
    evidence: tuple[str, ...] = ()
    unknown: str = ""  # the value, not known, that would let the packet pass if it were loose

    @property
    def certain(self) -> bool:
        """Is everything known that it depends on?"""
        return not self.unknown


def reverse_check(case: Case, hop: Hop) -> ReverseCheck | None:
    """Does the packet of this hop pass? None = it begins here, or it is not known."""
    if hop.device is None or hop.iif is None:
        return None
    # the check comes after a translation of the target
    arrived = hop.flow_in.translated(dst=hop.flow_out.dst)
    found = reverse_path_check(case, hop.device, arrived, hop.iif, hop.oif, hop.mark)
    setting = found.setting
    if found.drops is None or setting is None or not found.checks:
        return None
    how = f"{setting.label}={setting.text}"
    refused = found.drops and _refused(case, hop, hop.device)
    unknown = "" if refused else found.unknown
    strictness = f"is {found.mode} ({how}){unless_loose(unknown)}"
    text = f"its reverse-path check on {hop.iif} {strictness}: {found.why}"
    return ReverseCheck(found.drops, text, refused, found.evidence, unknown)


def _refused(case: Case, hop: Hop, device: str) -> bool:
    """Did the kernel itself refuse to route exactly this packet?"""
    answer = choice(case, device, hop.flow_in, hop.iif, hop.mark)
    return answer is not None and answer[0].kind == "invalid"
