"""Would the device of one hop let a packet of the flow pass, and does that depend on its state?

- `at_hop(case, hop, state, flags)`: what becomes of the packet at a hop of a path;
- `by_state(case, device, tested)`: the same in each connection state, which sets a stateful drop
  apart from a plain one;
- `needs_state(case, hop)`: would the device drop the packets of this hop if it did not know the
  session?
"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.flow import Flow, Protocol
from collectors.model.settings import Knob
from workbench.analysis.captures.marks import with_ecn
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop
from workbench.analysis.device.addresses import holds
from workbench.analysis.device.filtering import FilterAction, FilterResult, passage
from workbench.analysis.device.matching import SOMEWHERE, PacketUnderTest, State
from workbench.analysis.device.rulesets import ruleset


def at_hop(
    case: Case, hop: Hop, state: State, flags: str | None = "S", reply: bool | None = None
) -> FilterResult:
    """Would the device of this hop let the packet pass, in that connection state and with those TCP
    flags?"""
    if hop.device is None or _somewhere_inside(case, hop):
        return FilterResult(FilterAction.UNKNOWN)
    tested = tested_at(case, hop, state, flags, reply)
    if state == "established":
        tested = replace(tested, session_mark=_given(case, hop, tested))
    return passage(case, hop.device, tested, hop.flow_out)


def _somewhere_inside(case: Case, hop: Hop) -> bool:
    """Does nothing show by which ports the packet passes this device, nor that it is one of the
    ends?"""
    if not hop.unrouted or None not in (hop.iif, hop.oif):
        return False
    device = hop.device or ""
    begins = holds(case, device, hop.flow_in.src)
    return not begins and not holds(case, device, hop.flow_out.dst)


def tested_at(
    case: Case, hop: Hop, state: State, flags: str | None = "S", reply: bool | None = None
) -> PacketUnderTest:
    """The packet as the device of this hop meets it."""
    flags, ecn = with_ecn(case, hop.device or "", hop.flow_in, flags) if flags else (flags, True)
    return PacketUnderTest(
        hop.flow_in,
        hop.iif or _somewhere(case, hop),
        hop.oif,
        state,
        flags,
        hop.mark or 0,
        reply=reply,
        translated=hop.flow_in != hop.flow_out,
        icmp=_echo(hop, reply),
        bridge=_bridge(case, hop),
        shown=_shown(case, hop),
        ecn=ecn,
    )


def _echo(hop: Hop, reply: bool | None) -> str | None:
    """Its type, where it is a ping."""
    if hop.flow_in.protocol is not Protocol.ICMP:
        return None
    return "echo-reply" if reply else "echo-request"


def _somewhere(case: Case, hop: Hop) -> str | None:
    """A packet of another's came in, though nobody knows where. None = the device sends it
    itself."""
    owner = case.owner(hop.flow_in.src)
    if owner is not None and owner.name == hop.device:
        return None
    return None if holds(case, hop.device or "", hop.flow_in.src) else SOMEWHERE


def _bridge(case: Case, hop: Hop) -> str | None:
    if hop.device not in case.bridging:
        return None
    port = case.interface(hop.device or "", hop.iif)
    return port.master if port is not None else None


def _shown(case: Case, hop: Hop) -> bool:
    found = case.setting(hop.device or "", Knob.FILTERS_BRIDGED, version=hop.flow_in.version)
    return found is not None and found.value is True


def _given(case: Case, hop: Hop, tested: PacketUnderTest) -> int | None:
    """The mark of a session that the device knows: as it reported, else as its rules mark the first
    packet."""
    for session, _ in case.sessions(hop.device or ""):
        if hop.flow_in in (session.original, session.reply):
            return session.mark
    first = _first_packet(hop, tested)
    return passage(case, hop.device or "", first).session_mark


def _first_packet(hop: Hop, tested: PacketUnderTest) -> PacketUnderTest:
    """The packet that began the session of this one."""
    flags = "S" if tested.flags else None
    first = replace(tested, state="new", flags=flags, reply=False, mark=0)
    if not tested.reply:
        return first
    return replace(first, flow=hop.flow_out.reversed(), iif=hop.oif, oif=hop.iif)


STATES: tuple[State, ...] = ("new", "established", "invalid", "untracked")


def by_state(
    case: Case, device: str, tested: PacketUnderTest, after: Flow | None = None
) -> dict[State, FilterResult]:
    """What becomes of the packet in each connection state? The same in all of them = a stateless
    decision."""
    return {state: passage(case, device, tested.with_state(state), after) for state in STATES}


def needs_state(case: Case, hop: Hop, *, reply: bool) -> bool | None:
    """Would the device drop these packets if it did not know their session, but pass them if it
    did? None = not known.

    An answer that opens nothing (SYN-ACK, ACK, data) is INVALID there; a UDP reply is NEW.
    """
    if hop.device is None or not ruleset(case, hop.device).known:
        return None
    known = at_hop(case, hop, "established", "S." if reply else ".", reply)
    strange = _without_session(case, hop, reply)
    if known.action.stops:
        return False
    if FilterAction.UNKNOWN in (known.action, strange.action):
        return None
    return strange.action.stops


def _without_session(case: Case, hop: Hop, reply: bool) -> FilterResult:
    """What becomes of the packet where the device does not know its session?"""
    if hop.flow_in.protocol is Protocol.UDP:
        return at_hop(case, hop, "new", None, reply)
    return at_hop(case, hop, "invalid", "S." if reply else ".", reply)
