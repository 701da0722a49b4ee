"""Fixes that let devices share what they know of sessions."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.state.syncing import LeftOut, left_out, syncing
from workbench.analysis.diagnosis.remedies.shell import word


def state_sync(scene: Scene, device: str, partner: str | None) -> Iterator[Fix]:
    """Let the two devices share their sessions; where a daemon does so already, this would change
    nothing."""
    omitted = left_out(scene, partner, device)
    if omitted is not None:
        yield share_this_too(omitted, device)
    if partner is None or omitted or syncing(scene, device) or syncing(scene, partner):
        return
    yield Fix(
        FixClass.ENABLE_STATE_SYNC,
        device,
        ("apt-get install conntrackd", "systemctl enable --now conntrackd"),
        ("systemctl disable --now conntrackd",),
        side_effects=(
            f"needs the same on {partner}, a link between the two, and DisableExternalCache on; it"
            " lags behind by some milliseconds, so a reply may still come before its session"
        ),
        proof=f"the session of this flow, answered, on {device} and {partner} at once",
    )


def share_this_too(omitted: LeftOut, receiver: str) -> Fix:
    """Let the daemon share this session as well."""
    path = word(omitted.path or "/etc/conntrackd/conntrackd.conf")
    restart = "conntrackd -k; conntrackd -d" + (f" -C {path}" if omitted.path else "")
    return Fix(
        FixClass.ENABLE_STATE_SYNC,
        omitted.device,
        (f"# in {path}: {omitted.change}", f"{restart}  # or: systemctl restart conntrackd"),
        ("# put the old line back, and start the daemon again",),
        side_effects=(
            "more messages between the two; ask who left it out, and write the same on the partner;"
            " a reply may still come before its session is told"
        ),
        proof=f"the session of this flow, answered, on {receiver} too",
    )


def be_liberal(scene: Scene, device: str) -> Iterator[Fix]:
    """Let tracking accept what it finds outside of the window, where it cannot see the whole
    conversation."""
    key = "net.netfilter.nf_conntrack_tcp_be_liberal"
    old = scene.case.setting(device, key) or "0"
    if old == "0":
        yield Fix(
            FixClass.BE_LIBERAL_OR_ACCEPT_UNTRACKED,
            device,
            (f"sysctl -w {key}=1",),
            (f"sysctl -w {word(f'{key}={old}')}",),
            side_effects="TCP windows are no longer checked there, for all connections",
            temporary=True,
            proof=f"`invalid` of conntrack -S stands still on {device}, and the packets leave it",
        )
