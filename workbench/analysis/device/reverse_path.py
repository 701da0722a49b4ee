"""Would this device's strict reverse-path check refuse a packet that comes in on this interface?"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop
from workbench.analysis.device import fib


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
    found = fib.reverse_path_check(case, hop.device, arrived, hop.iif, hop.oif, hop.mark)
    if found.drops is None or not found.mode:
        return None
    kind = "strict" if found.mode == 1 else "loose"
    words = found.words.removeprefix(f"{kind}: ")
    text = f"its reverse-path check on {hop.iif} is {kind} (rp_filter={found.mode}): {words}"
    return ReverseCheck(
        found.drops, text, found.drops and _refused(case, hop, hop.device), found.evidence
    )


def _refused(case: Case, hop: Hop, device: str) -> bool:
    told = fib.choice(case, device, hop.flow_in, hop.iif, hop.mark)
    return told is not None and told[0].kind == "invalid"
