"""What devices remember of connections: conntrack, conntrackd, the reverse-path check."""

from __future__ import annotations

from collectors.model.flow import Flow
from collectors.model.remedy import Spellers, Spelling
from collectors.model.remedy.sessions import (
    AcceptOutOfWindow,
    ForgetSession,
    PickUpMidstream,
    ReopenConnection,
    SetReversePathMode,
    SetTrackingTimeout,
    ShareSessions,
    ShareThisSession,
)
from collectors.model.settings import Knob, ReversePathMode
from collectors.platforms.linux.knobs import key_of
from collectors.platforms.linux.remedies.quoting import sysctl, word

_LIBERAL = "net.netfilter.nf_conntrack_tcp_be_liberal"
_LOOSE = "net.netfilter.nf_conntrack_tcp_loose"
_CONFIGURATION = "/etc/conntrackd/conntrackd.conf"
_MODES = {ReversePathMode.OFF: 0, ReversePathMode.STRICT: 1, ReversePathMode.LOOSE: 2}


def set_reverse_path(remedy: SetReversePathMode) -> Spelling:
    """rp_filter of the interface: the larger of it and `all` counts (ip-sysctl.rst)."""
    key = f"net.ipv4.conf.{remedy.interface}.rp_filter"
    return Spelling(
        (sysctl(key, _MODES[remedy.mode]),),
        (sysctl(key, remedy.settings.get(key) or 1),),
        side_effects=(
            "the larger of `all` and the interface's value counts, so 2 on the interface suffices; "
            "forged sources that are routed some other way are no longer dropped here"
        ),
        proof=(f"TcpExtIPReversePathFilter stands still on {remedy.device}, and the packets go on"),
    )


def forget_session(remedy: ForgetSession) -> Spelling:
    """By the addresses and ports of its first packet."""
    flow = remedy.flow
    return Spelling(
        (f"conntrack -D -p {flow.protocol} -s {flow.src} -d {flow.dst}{_both_ports(flow)}",)
    )


def _both_ports(flow: Flow) -> str:
    return f" --sport {flow.sport} --dport {flow.dport}" if flow.sport and flow.dport else ""


def reopen_connection(remedy: ReopenConnection) -> Spelling:
    """The kernel ends the socket of the client."""
    flow = remedy.flow
    own = f" sport = {flow.sport}" if flow.sport else ""
    return Spelling((f"ss -K dst {flow.dst} dport = {flow.dport}{own}",))


def pick_up(remedy: PickUpMidstream) -> Spelling:
    """Loose tracking takes a connection up in its middle."""
    return Spelling((sysctl(_LOOSE, 1),), (sysctl(_LOOSE, remedy.settings.get(_LOOSE) or 0),))


def accept_out_of_window(remedy: AcceptOutOfWindow) -> Spelling:
    """Liberal tracking calls no segment invalid for its window but a reset."""
    return Spelling(
        (sysctl(_LIBERAL, 1),),
        (sysctl(_LIBERAL, remedy.settings.get(_LIBERAL) or "0"),),
        proof=f"`invalid` of conntrack -S stands still on {remedy.device}, and the packets leave it",
    )


def set_timeout(remedy: SetTrackingTimeout) -> Spelling:
    """A kernel setting, where that is what counts."""
    key = key_of(remedy.knob, remedy.version) if remedy.knob is not None else None
    if key is not None:
        return Spelling((sysctl(key, remedy.seconds),), (sysctl(key, remedy.was),))
    where = (
        "# the rule or policy that gives these sessions their timeout (nft list ruleset, nfct list"
        " timeout)"
    )
    return Spelling((f"{where}: raise it to {remedy.seconds} s",), ("# put the old timeout back",))


def share_sessions(remedy: ShareSessions) -> Spelling:
    """conntrackd on both."""
    return Spelling(
        ("apt-get install conntrackd", "systemctl enable --now conntrackd"),
        ("systemctl disable --now conntrackd",),
        side_effects=(
            f"needs the same on {remedy.partner}, a link between the two, and DisableExternalCache"
            " on; it lags behind by some milliseconds, so a reply may still come before its session"
        ),
    )


# what to write in conntrackd.conf(5)
_CHANGES = {
    Knob.SYNC_ADDRESS_IGNORED: "take {} out of Address Ignore",
    Knob.SYNC_ADDRESS_ACCEPTED: "add {} to Address Accept",
    Knob.SYNC_PROTOCOL_IGNORED: "take {} out of Protocol Ignore",
    Knob.SYNC_PROTOCOL_ACCEPTED: "add {} to Protocol Accept",
    Knob.SYNC_STATE_IGNORED: "take SYN_SENT out of State Ignore",
    Knob.SYNC_STATE_ACCEPTED: "add SYN_SENT and SYN_RECV to State Accept",
    Knob.SYNC_KEEPS_APART: "write DisableExternalCache On into the Mode of Sync (FTFW or NOTRACK)",
}


def share_this(remedy: ShareThisSession) -> Spelling:
    """conntrackd reads its file when it starts."""
    path = word(remedy.path or _CONFIGURATION)
    restart = "conntrackd -k; conntrackd -d" + (f" -C {path}" if remedy.path else "")
    return Spelling(
        (
            f"# in {path}: {_CHANGES[remedy.knob].format(remedy.item)}",
            f"{restart}  # or: systemctl restart conntrackd",
        ),
        ("# put the old line back, and start the daemon again",),
    )


REMEDIES: Spellers = {
    AcceptOutOfWindow: accept_out_of_window,
    ForgetSession: forget_session,
    PickUpMidstream: pick_up,
    ReopenConnection: reopen_connection,
    SetReversePathMode: set_reverse_path,
    SetTrackingTimeout: set_timeout,
    ShareSessions: share_sessions,
    ShareThisSession: share_this,
}
