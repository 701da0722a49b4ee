"""Would this device's reverse-path check refuse a packet that comes in on this interface?"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop
from workbench.analysis.device.fib import decide, from_tables
from workbench.analysis.device.route_answers import choice
from workbench.analysis.device.route_decision import LOCAL, UNICAST, UNKNOWN, Decision


@dataclass(frozen=True, slots=True)
class ReverseCheck:
    """The outcome of the check, and what it rests on."""

    refuses: bool
    text: str
    refused_by_kernel: bool = False  # the kernel itself refused to route exactly this packet
    evidence: tuple[str, ...] = ()


def strictness(case: Case, device: str, interface: str) -> int | None:
    """How strict is the check there? The larger of `all` and the interface's own value; None = not
    known."""
    values = [
        case.setting(device, f"net.ipv4.conf.{name}.rp_filter") for name in ("all", interface)
    ]
    known = [int(value) for value in values if value is not None and value.isdigit()]
    return max(known) if known else None


def reverse_check(case: Case, hop: Hop) -> ReverseCheck | None:
    """Does the packet of this hop pass? None = it begins here, or it is not known."""
    if hop.device is None or hop.iif is None:
        return None
    # the check comes after a translation of the target
    arrived = hop.flow_in.translated(dst=hop.flow_out.dst)
    found = reverse_path_check(case, hop.device, arrived, hop.iif, hop.oif, hop.mark)
    if found.drops is None or not found.mode:
        return None
    kind = "strict" if found.mode == 1 else "loose"
    words = found.words.removeprefix(f"{kind}: ")
    text = f"its reverse-path check on {hop.iif} is {kind} (rp_filter={found.mode}): {words}"
    return ReverseCheck(
        found.drops, text, found.drops and _refused(case, hop, hop.device), found.evidence
    )


def _refused(case: Case, hop: Hop, device: str) -> bool:
    told = choice(case, device, hop.flow_in, hop.iif, hop.mark)
    return told is not None and told[0].kind == "invalid"


@dataclass(frozen=True, slots=True)
class PathCheck:
    """What the kernel's reverse-path check (rp_filter) of one interface makes of one packet."""

    # 0 off, 1 strict, 2 loose: the larger of "all" and the interface; None = not known
    mode: int | None
    drops: bool | None  # None = not known
    back: Decision | None = None  # where the device itself would send packets to the source
    words: str = ""
    evidence: tuple[str, ...] = ()


def reverse_path_check(
    case: Case,
    device: str,
    flow: Flow,
    iif: str | None,
    oif: str | None = None,
    mark: int | None = None,
) -> PathCheck:
    """Would rp_filter on the input interface drop this packet? oif None = the packet is for the
    device itself.

    IPv6 has no rp_filter: there the question is one for the packet filter (`fib saddr . iif oif
    missing`).
    """
    if iif is None or flow.version == 6:
        return PathCheck(0, False, words="no reverse-path check applies")
    mode, evidence = rp_mode(case, device, iif)
    back = from_tables(
        case, device, flow.reversed(), oif, mark if _marks_count(case, device, iif) else 0
    )
    back = decide(case, device, flow.reversed(), oif, mark) if back.kind == UNKNOWN else back
    proof = (*evidence, *back.evidence)
    if back.kind == LOCAL:
        return _own_source(case, device, flow, iif, mode, back, proof)
    if mode == 0:
        return PathCheck(0, False, back, f"rp_filter is off on {iif}", proof)
    if mode is None or back.kind == UNKNOWN:
        return PathCheck(mode, None, back, "not known", proof)
    ways = sorted({hop.interface or "?" for hop in back.next_hops})
    if back.kind != UNICAST:
        return PathCheck(mode, True, back, f"it has no route back to {flow.src}", proof)
    if mode == 1 and iif not in ways:
        words = (
            f"strict: {flow.src} would be reached by {' or '.join(ways)}, the packet came in on"
            f" {iif}"
        )
        return PathCheck(mode, True, back, words, proof)
    words = (
        "loose: there is a route to the source"
        if mode == 2
        else f"strict: {flow.src} is reached by {iif} too"
    )
    return PathCheck(mode, False, back, words, proof)


def _own_source(
    case: Case,
    device: str,
    flow: Flow,
    iif: str,
    mode: int | None,
    back: Decision,
    proof: tuple[str, ...],
) -> PathCheck:
    """A packet from an address of one's own is a martian, whatever rp_filter says."""
    accepted = [case.setting(device, f"net.ipv4.conf.{name}.accept_local") for name in ("all", iif)]
    words = f"{flow.src} is an address of its own: a packet from it is a martian"
    return PathCheck(mode, "1" not in accepted, back, words, proof)


def rp_mode(case: Case, device: str, iif: str) -> tuple[int | None, tuple[str, ...]]:
    """Which reverse-path mode counts on the interface: the larger of "all" and its own. None = not
    known."""
    values = [case.setting(device, f"net.ipv4.conf.{name}.rp_filter") for name in ("all", iif)]
    known = [int(value) for value in values if value is not None and value.isdigit()]
    evidence = tuple(item.id for item in case.answers(device, Question.SETTINGS)[-1:])
    if not known or (len(known) == 1 and known[0] == 0):
        return None, evidence
    return max(known), evidence


def _marks_count(case: Case, device: str, iif: str) -> bool:
    return "1" in (
        case.setting(device, f"net.ipv4.conf.{name}.src_valid_mark") for name in ("all", iif)
    )
