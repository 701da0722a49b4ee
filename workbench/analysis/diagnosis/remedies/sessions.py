"""Fixes for gateways that are claimed twice, packets that do not fit, and sessions that lost their
state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import ceil

from collectors.model.flow import Flow, Protocol
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.case.wording import listed
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.neighbours.duplicate_gateways import Shared
from workbench.analysis.diagnosis.facts.sizes.packet_sizes import Muffled, Narrow, taught
from workbench.analysis.diagnosis.facts.state.expired import Refused
from workbench.analysis.diagnosis.facts.state.midflow import Moved
from workbench.analysis.diagnosis.facts.state.timers import Timer
from workbench.analysis.diagnosis.remedies.filters import clamp, place
from workbench.analysis.diagnosis.remedies.shell import word
from workbench.analysis.diagnosis.remedies.state import state_sync


def one_gateway(scene: Scene, shared: Shared, guilty: str) -> Iterator[Fix]:
    """Let one device only answer for the gateway address."""
    port = next((p for p in scene.case.holders(shared.address) if p.device == guilty), None)
    if port is not None and port.interface is not None:
        exact = f"{word(port.address)} dev {word(port.interface)}"
        yield Fix(
            FixClass.REMOVE_DUPLICATE_GATEWAY,
            guilty,
            (f"ip addr del {exact}",),
            (f"ip addr add {exact}",),
            side_effects="a redundancy daemon may put it back: mend its election first",
            temporary=True,
            proof=(
                f"one MAC only for {shared.address} in the neighbour table of {shared.hop.name},"
                " again and again"
            ),
        )
    yield from _permit_vrrp(scene, shared, guilty)


def _permit_vrrp(scene: Scene, shared: Shared, guilty: str) -> Iterator[Fix]:
    where = place(scene, guilty, "input")
    if where is None:
        return
    if where.dialect == "nft":
        chain = f"{where.family} {where.table} {where.chain}"
        commands: tuple[str, ...] = (f"nft insert rule {chain} ip protocol vrrp accept",)
        back: tuple[str, ...] = (
            f"nft -a list chain {chain}   # then: nft delete rule {chain} handle N",
        )
    else:
        commands, back = (
            ("iptables -I INPUT -p vrrp -j ACCEPT",),
            ("iptables -D INPUT -p vrrp -j ACCEPT",),
        )
    yield Fix(
        FixClass.PERMIT_VRRP,
        guilty,
        commands,
        back,
        side_effects=(
            "helps where VRRP announcements are filtered, so that both members believe to be alone"
        ),
        proof="one member only is master",
    )


def _pass_on(silencer: Muffled) -> Fix:
    return Fix(
        FixClass.ALLOW_ICMP_FRAG_NEEDED,
        silencer.device,
        (f"sysctl -w {silencer.setting}=1",),
        (f"sysctl -w {silencer.setting}=0",),
        side_effects=(
            "a forged message can make the device send smaller packets to that destination for some"
            " minutes"
        ),
        proof=(
            "a large transfer runs to its end, and the sender's `ip route get` shows the"
            " smaller mtu"
        ),
    )


def fit_packets(scene: Scene, narrow: Narrow, silencer: Muffled | None) -> Iterator[Fix]:
    """Tell the sender, or make packets small enough: where they go into a tunnel, before they
    do."""
    name, interface = narrow.hop.name, word(narrow.interface)
    maker = narrow.tunnel.maker.name if narrow.tunnel else ""
    if silencer is not None and silencer.setting:
        yield _pass_on(silencer)
    elif silencer is not None and silencer.device != maker:
        yield _permit_notice(scene, silencer)
    mss = narrow.room - (40 if scene.flow.version == 4 else 60)
    command, back = clamp(place(scene, maker or name, "forward"), mss, scene.flow.version)
    yield Fix(
        FixClass.MSS_CLAMP,
        maker or name,
        (command,),
        (back,),
        side_effects="new TCP connections only; UDP is not helped",
        temporary=True,
        proof="a large transfer runs to its end",
    )
    yield Fix(
        FixClass.RAISE_MTU,
        name,
        (f"ip link set dev {interface} mtu {narrow.size}",),
        (f"ip link set dev {interface} mtu {narrow.mtu}",),
        side_effects="only if the link and its other end can carry it",
        proof=f'pings of {narrow.size} bytes with "do not fragment" come back',
    )


def let_in_notice(scene: Scene, silencer: Muffled) -> Iterator[Fix]:
    """Let a host take the message that its own packets are too big."""
    yield _permit_notice(scene, silencer)


def proved_afresh(scene: Scene, fixes: Iterable[Fix]) -> Iterator[Fix]:
    """The same fixes; their proof counts only when the ends no longer know what our own probes
    taught them."""
    ends, forget = (
        listed([one.device for one in taught(scene)]),
        f"ip -{scene.flow.version} route flush cache",
    )
    first = (
        f"first `{forget}` on {ends}, which our probe taught the smaller size; then "
        if ends
        else ""
    )
    return (replace(fix, proof=first + fix.proof) for fix in fixes)


def _permit_notice(scene: Scene, silencer: Muffled) -> Fix:
    hook = silencer.words.partition(" ")[0].rstrip(":")
    where = place(
        scene, silencer.device, hook if hook in ("input", "output", "forward") else "forward"
    )
    four = scene.flow.version == 4
    if where is not None and where.dialect == "nft":
        chain = f"{where.family} {where.table} {where.chain}"
        match = "icmp type destination-unreachable" if four else "icmpv6 type packet-too-big"
        commands: tuple[str, ...] = (f"nft insert rule {chain} {match} accept",)
        back: tuple[str, ...] = (
            f"nft -a list chain {chain}   # then: nft delete rule {chain} handle N",
        )
    else:
        chain = where.chain if where else "FORWARD"
        match = (
            "-p icmp --icmp-type fragmentation-needed"
            if four
            else "-p ipv6-icmp --icmpv6-type packet-too-big"
        )
        tool = "iptables" if four else "ip6tables"
        commands, back = (
            (f"{tool} -I {chain} {match} -j ACCEPT",),
            (f"{tool} -D {chain} {match} -j ACCEPT",),
        )
    return Fix(
        FixClass.ALLOW_ICMP_FRAG_NEEDED,
        silencer.device,
        commands,
        back,
        proof=(
            "the sender's route cache shows the smaller size, and a large transfer runs to its end"
        ),
    )


def _longer_timer(device: str, timer: Timer, needed: float, flow: Flow) -> Fix:
    """Let the device remember for longer than the flow is silent."""
    seconds = max(timer.usual, 2 * ceil(needed))
    where = (
        "# the rule or policy that gives these sessions their timeout (nft list ruleset, nfct list"
        " timeout)"
    )
    commands: tuple[str, ...] = (f"{where}: raise it to {seconds} s",)
    back: tuple[str, ...] = ("# put the old timeout back",)
    if timer.setting is not None:
        commands = (f"sysctl -w {word(f'{timer.setting}={seconds}')}",)
        back = (f"sysctl -w {word(f'{timer.setting}={timer.seconds}')}",)
    often = (
        f"where it may not be raised, keepalives less than {timer.seconds} s apart hold the session"
    )
    effect = "sessions that nobody uses stay in the table for longer; "
    return Fix(
        FixClass.RAISE_LIMIT,
        device,
        commands,
        back,
        side_effects=effect
        + (often if flow.protocol is Protocol.TCP else "the sender may ask again sooner instead"),
        proof=f"the packets leave {device} after the same pause",
    )


def remember_longer(found: Refused) -> Iterator[Fix]:
    """An answer takes longer than the device remembers its request."""
    if found.outlived and found.timer is not None and found.waited is not None:
        yield _longer_timer(found.hop.name, found.timer, found.waited, found.flow)


def save_session(scene: Scene, moved: Moved) -> Iterator[Fix]:
    """Bring the session back to life, or let it be taken up where it is now."""
    name = moved.hop.name
    if moved.old is None and moved.paused is not None and moved.timer is not None:
        yield _longer_timer(name, moved.timer, moved.paused, scene.flow)
    if not moved.anew:
        yield _made_anew(scene)
    yield from _taken_up(scene, name)
    if moved.old is not None:
        yield from state_sync(scene, name, moved.old.device)


def _made_anew(scene: Scene) -> Fix:
    own = f" sport = {scene.flow.sport}" if scene.flow.sport else ""
    return Fix(
        FixClass.REESTABLISH_SESSION,
        scene.client,
        (f"ss -K dst {scene.flow.dst} dport = {scene.flow.dport}{own}",),
        (),
        side_effects="ends this connection; the application opens a new one, which works",
        proof="the new connection is established on the device that is on the way now",
    )


def _taken_up(scene: Scene, name: str) -> Iterator[Fix]:
    loose = scene.case.setting(name, "net.netfilter.nf_conntrack_tcp_loose")
    yield Fix(
        FixClass.ACCEPT_MIDSTREAM_PICKUP,
        name,
        ("sysctl -w net.netfilter.nf_conntrack_tcp_loose=1",),
        (f"sysctl -w {word(f'net.netfilter.nf_conntrack_tcp_loose={loose or 0}')}",),
        side_effects=(
            "connections are taken up without their beginning; rules that want a SYN for NEW still"
            " refuse"
        ),
        temporary=True,
        proof=f"the session appears on {name}",
    )
