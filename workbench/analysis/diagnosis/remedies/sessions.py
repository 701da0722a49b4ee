"""Fixes for gateways that are claimed twice, packets that do not fit, and sessions that lost their
state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import ceil

from collectors.model.flow import Flow, Protocol
from collectors.model.remedy.filters import ClampMss, PassOnTooBig, PermitTooBig, PermitVrrp
from collectors.model.remedy.hosts import RemoveAddress
from collectors.model.remedy.sessions import (
    ForgetPathMtu,
    PickUpMidstream,
    ReopenConnection,
    SetMtu,
    SetTrackingTimeout,
)
from workbench.analysis.case.verdict import Fix, FixClass, Preparation
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.neighbours.duplicate_gateways import SharedGateway
from workbench.analysis.diagnosis.facts.sizes.lost_sizes import taught
from workbench.analysis.diagnosis.facts.sizes.narrow_links import Narrow
from workbench.analysis.diagnosis.facts.sizes.size_messages import Muffled
from workbench.analysis.diagnosis.facts.state.expired import RefusedAnswer
from workbench.analysis.diagnosis.facts.state.midflow import MovedSession
from workbench.analysis.diagnosis.facts.state.timers import Timer
from workbench.analysis.diagnosis.remedies.filters import chain_at
from workbench.analysis.diagnosis.remedies.state import state_sync


def one_gateway(context: Context, shared: SharedGateway, guilty: str) -> Iterator[Fix]:
    """Let one device only answer for the gateway address."""
    port = next((p for p in context.case.holders(shared.address) if p.device == guilty), None)
    if port is not None and port.interface is not None:
        yield Fix.of(
            FixClass.REMOVE_DUPLICATE_GATEWAY,
            RemoveAddress(guilty, port.address, port.interface),
            side_effects="a redundancy daemon may put it back: mend its election first",
            temporary=True,
            proof=(
                f"one MAC only for {shared.address} in the neighbour table of {shared.hop.name},"
                " again and again"
            ),
        )
    yield from _permit_vrrp(context, guilty)


def _permit_vrrp(context: Context, guilty: str) -> Iterator[Fix]:
    chain = chain_at(context, guilty, "input")
    if chain is None:
        return
    yield Fix.of(
        FixClass.PERMIT_VRRP,
        PermitVrrp(guilty, chain),
        side_effects=(
            "helps where VRRP announcements are filtered, so that both members believe that they"
            " are alone"
        ),
        proof="one member only is master",
    )


def _pass_on(silencer: Muffled) -> Fix:
    return Fix.of(
        FixClass.ALLOW_ICMP_FRAG_NEEDED,
        PassOnTooBig(silencer.device),
        side_effects=(
            "a forged message can make the device send smaller packets to that destination for some"
            " minutes"
        ),
        proof="a large transfer runs to its end, and the sender knows the smaller size",
    )


def fit_packets(context: Context, narrow: Narrow, silencer: Muffled | None) -> Iterator[Fix]:
    """Tell the sender, or make packets small enough: where they go into a tunnel, before they
    do."""
    name, version = narrow.hop.name, context.flow.version
    maker = narrow.tunnel.maker.name if narrow.tunnel else ""
    if silencer is not None and silencer.setting:
        yield _pass_on(silencer)
    elif silencer is not None and silencer.device != maker:
        yield _permit_notice(context, silencer)
    mss, clamps = narrow.room - (40 if version == 4 else 60), maker or name
    yield Fix.of(
        FixClass.MSS_CLAMP,
        ClampMss(clamps, mss, version, chain_at(context, clamps, "forward")),
        side_effects="new TCP connections only; UDP is not helped",
        temporary=True,
        proof="a large transfer runs to its end",
    )
    yield Fix.of(
        FixClass.RAISE_MTU,
        SetMtu(name, narrow.interface, narrow.size, narrow.mtu),
        side_effects="only if the link and its other end can carry it",
        proof=f'pings of {narrow.size} bytes with "do not fragment" come back',
    )


def let_in_notice(context: Context, silencer: Muffled) -> Iterator[Fix]:
    """Let a host take the message that its own packets are too big."""
    yield _permit_notice(context, silencer)


def proved_afresh(context: Context, fixes: Iterable[Fix]) -> Iterator[Fix]:
    """The same fixes; their proof counts only when the ends no longer know what our own probes
    taught them."""
    forget = tuple(ForgetPathMtu(one.device, context.flow.version) for one in taught(context))
    why = "which our probe taught the smaller size"
    preparation = Preparation(forget, why) if forget else None
    return (replace(fix, preparation=preparation) for fix in fixes)


def _permit_notice(context: Context, silencer: Muffled) -> Fix:
    known = silencer.hook if silencer.hook in ("input", "output", "forward") else "forward"
    chain = chain_at(context, silencer.device, known)
    return Fix.of(
        FixClass.ALLOW_ICMP_FRAG_NEEDED,
        PermitTooBig(silencer.device, context.flow.version, chain),
        proof="the sender knows the smaller size, and a large transfer runs to its end",
    )


def _longer_timer(device: str, timer: Timer, needed: float, flow: Flow) -> Fix:
    """Let the device remember for longer than the flow is silent."""
    seconds = max(timer.usual, 2 * ceil(needed))
    often = (
        f"where it may not be raised, keepalives less than {timer.seconds} s apart hold the session"
    )
    effect = "sessions that are not used stay in the table for longer; "
    return Fix.of(
        FixClass.RAISE_LIMIT,
        SetTrackingTimeout(device, seconds, timer.seconds, timer.knob, flow.version),
        side_effects=effect
        + (often if flow.protocol is Protocol.TCP else "the sender may ask again sooner instead"),
        proof=f"the packets leave {device} after the same pause",
    )


def remember_longer(found: RefusedAnswer) -> Iterator[Fix]:
    """An answer takes longer than the device remembers its request."""
    if found.outlived and found.timer is not None and found.waited is not None:
        yield _longer_timer(found.hop.name, found.timer, found.waited, found.flow)


def save_session(context: Context, moved: MovedSession) -> Iterator[Fix]:
    """Bring the session back to life, or let it be taken up where it is now."""
    name = moved.hop.name
    if moved.old is None and moved.paused is not None and moved.timer is not None:
        yield _longer_timer(name, moved.timer, moved.paused, context.flow)
    if not moved.anew:
        yield _made_anew(context)
    yield from _taken_up(name)
    if moved.old is not None:
        yield from state_sync(context, name, moved.old.device)


def _made_anew(context: Context) -> Fix:
    return Fix.of(
        FixClass.REESTABLISH_SESSION,
        ReopenConnection(context.client, context.flow),
        side_effects="ends this connection; the application opens a new one, which works",
        proof="the new connection is established on the device that is on the way now",
    )


def _taken_up(name: str) -> Iterator[Fix]:
    yield Fix.of(
        FixClass.ACCEPT_MIDSTREAM_PICKUP,
        PickUpMidstream(name),
        side_effects=(
            "connections are taken up without their beginning; rules that want a SYN for NEW still"
            " refuse"
        ),
        temporary=True,
        proof=f"the session appears on {name}",
    )
