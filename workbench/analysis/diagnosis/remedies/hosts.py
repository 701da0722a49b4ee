"""Fixes on a host itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.model.flow import Flow
from collectors.model.remedy import Advice
from collectors.model.remedy.hosts import (
    AcceptFromAfar,
    AnswerFromAsked,
    BindService,
    LengthenListenQueue,
    RemoveAddress,
    RestartStuckService,
    RestoreHost,
    SignAlike,
    StartService,
    UseSynCookies,
)
from collectors.model.remedy.sessions import ForgetNeighbour, SetReversePathMode
from collectors.model.settings import ReversePathMode
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.accepting import half_open_full, some_full
from workbench.analysis.diagnosis.facts.ends.hung_up import HungUp
from workbench.analysis.diagnosis.facts.ends.listening import Listening, takes
from workbench.analysis.diagnosis.facts.ends.signed import Unsigned
from workbench.analysis.diagnosis.facts.neighbours.duplicate_addresses import Twins
from workbench.analysis.diagnosis.facts.neighbours.mute import Mute


def loose_reverse_path(context: Context, hop: Hop | None) -> Iterator[Fix]:
    """Let the check accept any source that the device has a route to."""
    if hop is None or hop.iif is None or hop.device is None:
        return
    yield Fix.of(
        FixClass.RP_FILTER_LOOSE,
        SetReversePathMode(hop.device, hop.iif, ReversePathMode.LOOSE),
        side_effects=("forged sources that are routed some other way are no longer dropped here"),
        proof=f"{hop.device} counts no drop by its reverse-path check, and the packets go on",
    )


def serve(context: Context, found: Listening) -> Iterator[Fix]:
    """Start the service, or bind it to the address that clients use."""
    proof = f"a listening socket for {found.target}"
    if found.same_port:
        yield Fix.of(
            FixClass.FIX_BIND_ADDRESS,
            BindService(context.server, found.flow, _bound_to(found)),
            side_effects="the service becomes reachable by that address",
            proof=proof,
        )
        return
    yield Fix.of(FixClass.START_SERVICE, StartService(context.server, found.flow), proof=proof)


def answer_from_asked(context: Context, asked: Flow) -> Iterator[Fix]:
    """Let the service answer from the address that was asked."""
    yield Fix.of(
        FixClass.FIX_BIND_ADDRESS,
        AnswerFromAsked(context.server, asked),
        side_effects=(
            "addresses that are added later are not served until the service is told of them"
        ),
        proof=f"answers from {asked.dst} to a new question",
    )


def _bound_to(found: Listening) -> str | None:
    """The only interface that it serves: without that it takes the address, and needs no other."""
    taken = [
        one
        for one in found.same_port
        if one.interface and takes(replace(one, interface=None), found.flow, None)
    ]
    return taken[0].interface if taken else None


def stay_on_the_line(found: HungUp | None) -> Iterator[Fix]:
    """Let the service wait for longer, or the client speak sooner."""
    if found is None or found.server is None or found.pause is None:
        return
    change = (
        f"raise the idle timeout of the service, now some {found.pause:.1f} s, above the client's"
        " longest pause"
    )
    yield Fix.of(
        FixClass.RAISE_LIMIT,
        Advice(found.server, change, "put the old timeout back"),
        side_effects=(
            "idle connections stay open for longer; where that may not be, let the client close its"
            " idle connections sooner than the server does, or speak more often"
        ),
        proof=f"no FIN of {found.server} in a pause of the client",
    )


def sign_alike(context: Context, found: Unsigned) -> Iterator[Fix]:
    """The same key at both ends, or none at either; or segments from as far away as the client
    is."""
    if found.aged:
        yield _from_afar(context, found)
        return
    yield Fix.of(
        FixClass.FIX_HOST_FIREWALL,
        SignAlike(found.server, context.flow.src, found.counter),
        side_effects="sessions with other peers that use the same key end when it changes",
        proof=f"{found.counter} stands still on {found.server}, and the handshake completes",
    )


def _from_afar(context: Context, found: Unsigned) -> Fix:
    return Fix.of(
        FixClass.RAISE_TTL,
        AcceptFromAfar(found.server, context.flow.src, found.counter),
        side_effects=(
            "a client that is farther away than that many hops is still refused; without the"
            " check, none is"
        ),
        proof=f"{found.counter} stands still on {found.server}, and the handshake completes",
    )


def one_holder(context: Context, doubled: Twins | None, device: str) -> Iterator[Fix]:
    """Take the address away from the machine that should not have it, and let the router ask
    anew."""
    held = context.case.holders(doubled.address) if doubled is not None else ()
    port = next((p for p in held if p.device == device), None)
    if doubled is None or port is None or port.interface is None or doubled.router is None:
        return
    others = " or ".join(name for name in doubled.holders if name != device)
    yield Fix.of(
        FixClass.REMOVE_DUPLICATE_GATEWAY,
        RemoveAddress(device, port.address, port.interface),
        side_effects=f"any device that still uses {device} by this address is then served by"
        f" {others}",
        proof=f"one machine only answers for {doubled.address}",
    )
    yield Fix.of(
        FixClass.CLEAR_NEIGHBOUR,
        ForgetNeighbour(doubled.router, doubled.address, doubled.link, others),
        side_effects="none: the entry is asked for anew",
        proof=f"the neighbour entry for {doubled.address} on {doubled.router} names {others}",
    )


def answer_neighbours(why: Mute) -> Iterator[Fix]:
    """Let the host tell its hardware address to who asks."""
    yield Fix.of(
        FixClass.FIX_HOST_FIREWALL,
        why.remedy,
        side_effects=(
            "addresses that were kept from a link on purpose (a balancer's) may be announced"
            " there, too"
        ),
        proof=f"the last router finds the hardware address of {why.device} each time it asks",
    )


def unclog(context: Context, found: Listening) -> Iterator[Fix]:
    """Let the service take what waits, or let more wait."""
    if half_open_full(context, found):
        yield _cookies(context, found)
        return
    yield Fix.of(
        FixClass.START_SERVICE,
        RestartStuckService(context.server, found.flow, found.target, bool(some_full(found))),
        side_effects=(
            "the connections that the process holds end; a longer queue only hides a service that"
            " is stuck"
        ),
        proof=f"fewer connections wait at the socket for {found.target}",
    )
    if context.tcp:
        yield _longer_queue(context, found)


def _cookies(context: Context, found: Listening) -> Fix:
    """Answer SYNs without keeping anything of them, as long as the queue is full."""
    return Fix.of(
        FixClass.RAISE_LIMIT,
        UseSynCookies(context.server, found.flow),
        side_effects=(
            "connections that are made by a cookie may lack window scaling and SACK; who sends the"
            " SYNs goes on: let a filter before the server limit or drop them"
        ),
        proof=f"{context.server} drops no SYN for a full queue",
    )


def _longer_queue(context: Context, found: Listening) -> Fix:
    """For a service that is well and meets many at once."""
    return Fix.of(
        FixClass.RAISE_LIMIT,
        LengthenListenQueue(context.server, found.target),
        side_effects="helps a service that meets many at once; one that is stuck fills any queue",
        temporary=True,
        proof=f"the queue of the socket for {found.target} does not fill",
    )


def restore_host(context: Context, guilty: str) -> Iterator[Fix]:
    """Bring the host or its link up."""
    yield Fix.of(
        FixClass.RESTORE_HOST,
        RestoreHost(guilty),
        proof="the last router finds its hardware address",
    )
