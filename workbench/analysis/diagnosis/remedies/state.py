"""Fixes that let devices share what they know of sessions."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.remedy.sessions import AcceptOutOfWindow, ShareSessions, ShareThisSession
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.state.syncing import LeftOut, left_out, syncing
from workbench.analysis.diagnosis.facts.state.tracking import accepts_out_of_window


def state_sync(context: Context, device: str, partner: str | None) -> Iterator[Fix]:
    """Let the two devices share their sessions; where a daemon does so already, this would change
    nothing."""
    omitted = left_out(context, partner, device)
    if omitted is not None:
        yield share_this_too(omitted, device)
    if partner is None or omitted or syncing(context, device) or syncing(context, partner):
        return
    yield Fix.of(
        FixClass.ENABLE_STATE_SYNC,
        ShareSessions(device, partner),
        side_effects=(
            f"needs the same on {partner}, and a link between the two; it lags behind by some"
            " milliseconds, so a reply may still come before its session"
        ),
        proof=f"the session of this flow, answered, on {device} and {partner} at once",
    )


def share_this_too(omitted: LeftOut, receiver: str) -> Fix:
    """Let the daemon share this session as well."""
    return Fix.of(
        FixClass.ENABLE_STATE_SYNC,
        ShareThisSession(omitted.device, omitted.entry.knob, omitted.entry.item, omitted.path),
        side_effects=(
            "more messages between the two; ask who left it out, and write the same on the partner;"
            " a reply may still come before its session is shared"
        ),
        proof=f"the session of this flow, answered, on {receiver} too",
    )


def be_liberal(context: Context, device: str) -> Iterator[Fix]:
    """Let tracking accept what it finds outside of the window, where it cannot see the whole
    conversation."""
    if not accepts_out_of_window(context.case, device):
        yield Fix.of(
            FixClass.BE_LIBERAL_OR_ACCEPT_UNTRACKED,
            AcceptOutOfWindow(device),
            side_effects="TCP windows are no longer checked there, for all connections",
            temporary=True,
            proof=f"{device} calls no packet of the flow invalid, and the packets leave it",
        )
