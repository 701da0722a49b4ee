"""Fixes on a host itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.model.flow import Flow
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.ends.accepting import COOKIES, half_open_full, some_full
from workbench.analysis.diagnosis.facts.ends.hung_up import HungUp
from workbench.analysis.diagnosis.facts.ends.listening import Listening, takes
from workbench.analysis.diagnosis.facts.ends.signed import Unsigned
from workbench.analysis.diagnosis.facts.neighbours.duplicate_addresses import Twins
from workbench.analysis.diagnosis.facts.neighbours.mute import Mute
from workbench.analysis.diagnosis.remedies.shell import word


def loose_reverse_path(scene: Scene, hop: Hop | None) -> Iterator[Fix]:
    """Let the check accept any source that the device has a route to."""
    interface = hop.iif if hop else None
    if hop is None or interface is None or hop.device is None:
        return
    keys = [f"net.ipv4.conf.{name}.rp_filter" for name in (interface, "all")]
    old = {key: scene.case.setting(hop.device, key) for key in keys}
    changed = [key for key, value in old.items() if value == "1"] or keys[:1]
    if keys[0] not in changed:
        changed.insert(0, keys[0])
    yield Fix(
        FixClass.RP_FILTER_LOOSE,
        hop.device,
        tuple(f"sysctl -w {word(f'{key}=2')}" for key in changed[:1]),
        tuple(f"sysctl -w {word(f'{key}={old[key] or 1}')}" for key in changed[:1]),
        side_effects=(
            "the larger of `all` and the interface's value counts, so 2 on the interface suffices; "
            "forged sources that are routed some other way are no longer dropped here"
        ),
        proof=f"TcpExtIPReversePathFilter stands still on {hop.device}, and the packets go on",
    )


def serve(scene: Scene, found: Listening) -> Iterator[Fix]:
    """Start the service, or bind it to the address that clients use."""
    look = f"ss -lnp 'sport = :{found.flow.dport}'"
    if found.same_port:
        yield Fix(
            FixClass.FIX_BIND_ADDRESS,
            scene.server,
            (look, _rebind(found)),
            ("# restore the old bind address and restart the service",),
            side_effects="the service becomes reachable by that address",
            proof=f"a listening socket for {found.target}",
        )
        return
    yield Fix(
        FixClass.START_SERVICE,
        scene.server,
        (
            look,
            "systemctl --failed",
            f"# start the service that serves {found.flow.protocol} port {found.flow.dport}",
        ),
        ("# stop it again",),
        proof=f"a listening socket for {found.target}",
    )


def answer_from_asked(scene: Scene, asked: Flow) -> Iterator[Fix]:
    """Let the service answer from the address that was asked."""
    yield Fix(
        FixClass.FIX_BIND_ADDRESS,
        scene.server,
        (
            f"ss -lnp 'sport = :{asked.dport}'",
            (
                f"# let the service listen on each of its addresses by itself ({asked.dst} among"
                " them), then restart it"
            ),
        ),
        ("# restore the old bind address and restart the service",),
        side_effects=(
            "addresses that are added later are not served until the service is told of them"
        ),
        proof=f"answers from {asked.dst} to a new question",
    )


def _rebind(found: Listening) -> str:
    """A service that takes this address, and only at another interface, needs no other address."""
    taken = [
        one
        for one in found.same_port
        if one.interface and takes(replace(one, interface=None), found.flow, None)
    ]
    if taken:
        words = f"the interface {taken[0].interface} (SO_BINDTODEVICE, `bind ... interface`)"
        return f"# do not bind the service to {words}, then restart it"
    return f"# let the service listen on {found.flow.dst} or on all addresses, then restart it"


def stay_on_the_line(found: HungUp | None) -> Iterator[Fix]:
    """Let the service wait for longer, or the client speak sooner."""
    if found is None or found.server is None or found.pause is None:
        return
    yield Fix(
        FixClass.RAISE_LIMIT,
        found.server,
        (
            (
                f"# raise the idle timeout of the service, now some {found.pause:.1f} s, above the"
                " client's longest pause"
            ),
        ),
        ("# put the old timeout back",),
        side_effects=(
            "idle connections stay open for longer; where that may not be, let the client close its"
            " idle connections sooner than the server does, or speak more often"
        ),
        proof=f"no FIN of {found.server} in a pause of the client",
    )


def sign_alike(scene: Scene, found: Unsigned) -> Iterator[Fix]:
    """The same key at both ends, or none at either; or segments from as far away as the client
    is."""
    if found.aged:
        yield _from_afar(scene, found)
        return
    yield Fix(
        FixClass.FIX_HOST_FIREWALL,
        found.server,
        (
            f"nstat -az {found.counter}",
            (
                f"# give {found.server}'s service and the client {scene.flow.src} the same key, or"
                " take it away at both"
            ),
        ),
        ("# put the old key back",),
        side_effects="sessions with other peers that use the same key end when it changes",
        proof=f"{found.counter} stands still on {found.server}, and the handshake completes",
    )


def _from_afar(scene: Scene, found: Unsigned) -> Fix:
    far = (
        f"{scene.flow.src} to send with a TTL of 255, and the service to take it from that many"
        " hops away"
    )
    change = f"# set {far} (`ttl-security hops N`), or take the check away (`ebgp-multihop N`)"
    return Fix(
        FixClass.RAISE_TTL,
        found.server,
        (f"nstat -az {found.counter}", change),
        ("# put the old setting back",),
        side_effects=(
            "who is farther away than that many hops is still refused; without the check, nobody is"
        ),
        proof=f"{found.counter} stands still on {found.server}, and the handshake completes",
    )


def one_holder(scene: Scene, doubled: Twins | None, device: str) -> Iterator[Fix]:
    """Take the address away from the machine that should not have it, and let the router ask
    anew."""
    held = scene.case.holders(doubled.address) if doubled is not None else ()
    port = next((p for p in held if p.device == device), None)
    if doubled is None or port is None or port.interface is None or doubled.router is None:
        return
    exact = f"{word(port.address)} dev {word(port.interface)}"
    others = " or ".join(name for name in doubled.holders if name != device)
    yield Fix(
        FixClass.REMOVE_DUPLICATE_GATEWAY,
        device,
        (f"ip addr del {exact}",),
        (f"ip addr add {exact}",),
        side_effects=f"whoever still uses {device} by this address is then served by {others}",
        proof=f"one machine only answers for {doubled.address}",
    )
    entry = f"{doubled.address} dev {word(doubled.link)}"
    yield Fix(
        FixClass.CLEAR_NEIGHBOUR,
        doubled.router,
        (f"ip neigh del {entry}",),
        ("# nothing: the entry is asked for anew",),
        side_effects="none: the entry is asked for anew",
        proof=f"`ip neigh show {doubled.address}` on {doubled.router} names {others}",
    )


def answer_neighbours(why: Mute) -> Iterator[Fix]:
    """Let the host tell its hardware address to who asks."""
    yield Fix(
        FixClass.FIX_HOST_FIREWALL,
        why.device,
        (why.command,),
        (why.undo,),
        side_effects=(
            "addresses that were kept from a link on purpose (a balancer's) may be told there, too"
        ),
        proof=f"the last router's neighbour entry for {why.device} stays REACHABLE",
    )


def unclog(scene: Scene, found: Listening) -> Iterator[Fix]:
    """Let the service take what waits, or let more wait."""
    if half_open_full(scene, found):
        yield _cookies(scene, found)
        return
    stuck = "# find out why the process does not accept (stuck, too few workers), then restart it"
    one = (
        "# of the processes that share the port, the one whose Recv-Q is above its Send-Q is stuck:"
        " restart that one"
    )
    yield Fix(
        FixClass.START_SERVICE,
        scene.server,
        (
            f"ss -lnp 'sport = :{found.flow.dport}'",
            "sysctl net.core.somaxconn",
            one if some_full(found) else stuck,
        ),
        ("# nothing to take back: a restart changes no setting",),
        side_effects=(
            "the connections that the process holds end; a longer queue only hides a service that"
            " is stuck"
        ),
        proof=(
            f"Recv-Q of the socket for {found.target} falls, and TcpExtListenOverflows stands still"
        ),
    )
    if scene.tcp:
        yield _longer_queue(scene, found)


def _cookies(scene: Scene, found: Listening) -> Fix:
    """Answer SYNs without keeping anything of them, as long as the queue is full."""
    return Fix(
        FixClass.RAISE_LIMIT,
        scene.server,
        (
            f"sysctl -w {word(f'{COOKIES}=1')}",
            (
                f"ss -tan state syn-recv 'sport = :{found.flow.dport}' | head -50  # who begins and"
                " never completes?"
            ),
        ),
        (f"sysctl -w {word(f'{COOKIES}=0')}",),
        side_effects=(
            "connections that are made by a cookie may lack window scaling and SACK; who sends the"
            " SYNs goes on: let a filter before the server limit or drop them"
        ),
        proof=(
            "TcpExtTCPReqQFullDrop stands still, and TcpExtTCPReqQFullDoCookies counts in its place"
        ),
    )


def _longer_queue(scene: Scene, found: Listening) -> Fix:
    """For a service that is well and meets many at once."""
    now = scene.case.setting(scene.server or "", "net.core.somaxconn") or "4096"
    return Fix(
        FixClass.RAISE_LIMIT,
        scene.server,
        (
            "sysctl -w net.core.somaxconn=65535",
            "# raise the service's own backlog as well, and let it listen anew",
        ),
        (f"sysctl -w {word(f'net.core.somaxconn={now}')}",),
        side_effects="helps a service that meets many at once; one that is stuck fills any queue",
        temporary=True,
        proof=f"Recv-Q of the socket for {found.target} stays below its Send-Q",
    )


def restore_host(scene: Scene, guilty: str) -> Iterator[Fix]:
    """Bring the host or its link back."""
    yield Fix(
        FixClass.RESTORE_HOST,
        guilty,
        (
            "ip -br link",
            "ip -br addr",
            "# bring the host or its link up: console, hypervisor, switch port",
        ),
        side_effects="",
        proof="its neighbour entry on the last router becomes REACHABLE",
    )
