"""Would this device's strict reverse-path check refuse a packet that comes in on this interface?"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Question
from workbench.analysis import fib
from workbench.analysis.case import Case
from workbench.analysis.findings import Hop


@dataclass(frozen=True, slots=True)
class ReverseCheck:
    """The outcome of the check, and what it rests on."""

    refuses: bool
    text: str
    refused_by_kernel: bool = False  # the kernel itself refused to route exactly this packet
    expected: tuple[str, ...] = ()  # the interfaces on which the device would accept that source
    evidence: tuple[str, ...] = ()


def strictness(case: Case, device: str, interface: str) -> int | None:
    """How strict is the check there? The larger of `all` and the interface's own value; None = not known."""
    values = [case.setting(device, f"net.ipv4.conf.{name}.rp_filter") for name in ("all", interface)]
    known = [int(value) for value in values if value is not None and value.isdigit()]
    return max(known) if known else None


def reverse_check(case: Case, hop: Hop) -> ReverseCheck | None:
    """Does the packet of this hop pass? None = it begins here, or the settings are not known."""
    if hop.device is None or hop.iif is None or hop.flow_in.version != 4:
        return None
    if strictness(case, hop.device, hop.iif) != 1:
        return None
    back = fib.from_tables(case, hop.device, hop.flow_in.reversed(), None, _mark(case, hop))
    if back.kind == fib.UNKNOWN:
        return None
    return _check(case, hop, hop.device, back)


def _check(case: Case, hop: Hop, device: str, back: fib.Decision) -> ReverseCheck:
    expected = (
        tuple(dict.fromkeys(h.interface for h in back.next_hops if h.interface)) if back.kind == fib.UNICAST else ()
    )
    refused = _refused(case, hop, device)
    evidence = (*_settings(case, device), *back.evidence)
    source = hop.flow_in.src
    if hop.iif in expected:
        return ReverseCheck(False, f"{device} expects {source} on {hop.iif}", evidence=evidence, expected=expected)
    where = f"expects {source} on {' or '.join(expected)}" if expected else f"knows no way back to {source}"
    text = f"its reverse-path check on {hop.iif} is strict (rp_filter=1) and it {where}"
    return ReverseCheck(True, text, refused, expected, evidence)


def _refused(case: Case, hop: Hop, device: str) -> bool:
    told = fib.choice(case, device, hop.flow_in, hop.iif, hop.mark)
    return told is not None and told[0].kind == "invalid"


def _mark(case: Case, hop: Hop) -> int | None:
    """The check looks at the packet's mark only where src_valid_mark says so."""
    names = ("all", hop.iif)
    wanted = any(case.setting(hop.device or "", f"net.ipv4.conf.{name}.src_valid_mark") == "1" for name in names)
    return hop.mark if wanted else None


def _settings(case: Case, device: str) -> tuple[str, ...]:
    answer = case.answer(device, Question.SETTINGS)
    return (answer.id,) if answer else ()
