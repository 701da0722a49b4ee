"""Fixes that let devices share what they know of sessions."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.facts.scene import Scene
from workbench.analysis.verdict import Fix, FixClass


def state_sync(scene: Scene, device: str, partner: str | None) -> Iterator[Fix]:
    """Let the two devices share their sessions."""
    if partner is None:
        return
    yield Fix(
        FixClass.ENABLE_STATE_SYNC,
        device,
        ("apt-get install conntrackd", "systemctl enable --now conntrackd"),
        ("systemctl disable --now conntrackd",),
        side_effects=f"needs the same on {partner}, a link between the two, and "
        "DisableExternalCache on; it lags behind by some milliseconds, so a reply may still come before its session",
        proof=f"the session of this flow, answered, on {device} and {partner} at once",
    )
