"""A host's services, addresses and links."""

from __future__ import annotations

from collectors.model.flow import Flow
from collectors.model.remedy import Spellers, Spelling
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
from collectors.platforms.linux.remedies.quoting import sysctl, word

_QUEUE, _COOKIES = "net.core.somaxconn", "net.ipv4.tcp_syncookies"
_OLD_ADDRESS = ("# restore the old bind address and restart the service",)


def _listeners(flow: Flow) -> str:
    return f"ss -lnp 'sport = :{flow.dport}'"


def start_service(remedy: StartService) -> Spelling:
    """Which unit it is, people know."""
    return Spelling(
        (_listeners(remedy.flow), "systemctl --failed", f"# {remedy.words}"), ("# stop it again",)
    )


def bind_service(remedy: BindService) -> Spelling:
    """In the service's own configuration."""
    change = f"# let the service listen on {remedy.flow.dst} or on all addresses, then restart it"
    if remedy.interface is not None:
        bound = f"the interface {remedy.interface} (SO_BINDTODEVICE, `bind ... interface`)"
        change = f"# do not bind the service to {bound}, then restart it"
    return Spelling((_listeners(remedy.flow), change), _OLD_ADDRESS)


def answer_from_asked(remedy: AnswerFromAsked) -> Spelling:
    """In the service's own configuration."""
    return Spelling((_listeners(remedy.flow), f"# {remedy.words}"), _OLD_ADDRESS)


def sign_alike(remedy: SignAlike) -> Spelling:
    """In the configuration of the services at both ends."""
    change = (
        f"# give {remedy.device}'s service and the client {remedy.client} the same key, or take it"
        " away at both"
    )
    return Spelling((f"nstat -az {remedy.counter}", change), ("# put the old key back",))


def accept_from_afar(remedy: AcceptFromAfar) -> Spelling:
    """In the words of routing daemons."""
    change = f"# {remedy.words} (`ttl-security hops N`), or take the check away (`ebgp-multihop N`)"
    return Spelling((f"nstat -az {remedy.counter}", change), ("# put the old setting back",))


def remove_address(remedy: RemoveAddress) -> Spelling:
    """Until the next start of the network; the configuration of it is another thing."""
    exact = f"{word(remedy.address)} dev {word(remedy.interface)}"
    return Spelling((f"ip addr del {exact}",), (f"ip addr add {exact}",))


def restart_stuck(remedy: RestartStuckService) -> Spelling:
    """Recv-Q of a listening socket is what waits, Send-Q how much may (`ss -l`)."""
    stuck = "# find out why the process does not accept (stuck, too few workers), then restart it"
    one = (
        "# of the processes that share the port, the one whose Recv-Q is above its Send-Q is stuck:"
        " restart that one"
    )
    return Spelling(
        (
            _listeners(remedy.flow),
            f"sysctl {_QUEUE}",
            one if remedy.one_of_several else stuck,
        ),
        ("# nothing to take back: a restart changes no setting",),
        proof=(
            f"Recv-Q of the socket for {remedy.target} falls, and TcpExtListenOverflows stands"
            " still"
        ),
    )


def use_cookies(remedy: UseSynCookies) -> Spelling:
    """1 = when the queue overflows (ip-sysctl.rst)."""
    waiting = (
        f"ss -tan state syn-recv 'sport = :{remedy.flow.dport}' | head -50  # who begins and never"
        " completes?"
    )
    return Spelling(
        (sysctl(_COOKIES, 1), waiting),
        (sysctl(_COOKIES, 0),),
        proof=(
            "TcpExtTCPReqQFullDrop stands still, and TcpExtTCPReqQFullDoCookies counts in its place"
        ),
    )


def lengthen_queue(remedy: LengthenListenQueue) -> Spelling:
    """The kernel's limit and the service's own: the smaller of the two counts."""
    return Spelling(
        (
            sysctl(_QUEUE, 65535),
            "# raise the service's own backlog as well, and let it listen anew",
        ),
        (sysctl(_QUEUE, remedy.settings.get(_QUEUE) or "4096"),),
        proof=f"Recv-Q of the socket for {remedy.target} stays below its Send-Q",
    )


def restore_host(remedy: RestoreHost) -> Spelling:
    """First see what is down; it may be out of reach of every command."""
    return Spelling(
        ("ip -br link", "ip -br addr", f"# {remedy.words}"),
        proof="its neighbour entry on the last router becomes REACHABLE",
    )


REMEDIES: Spellers = {
    AcceptFromAfar: accept_from_afar,
    AnswerFromAsked: answer_from_asked,
    BindService: bind_service,
    LengthenListenQueue: lengthen_queue,
    RemoveAddress: remove_address,
    RestartStuckService: restart_stuck,
    RestoreHost: restore_host,
    SignAlike: sign_alike,
    StartService: start_service,
    UseSynCookies: use_cookies,
}
