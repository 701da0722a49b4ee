"""Why does it look random? The share of source ports that fails, for the verdict object and in
words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.analysis.case.findings import Findings
from workbench.analysis.ecmp.spread import FailingShare, Spread, Way, spread


def randomness(findings: Findings) -> dict[str, Any] | None:
    """The spread as JSON values; None where no device spreads the flow."""
    found = spread(findings)
    if found is None:
        return None
    return {
        "predicted": _share(found.predicted),
        "measured": _share(found.measured) if found.measured else None,
        "agreement": _share(found.agreement) if found.agreement else None,
        "trusted": found.trusted,
        "working_port": found.working_port,
        "ways": [_way(way) for way in found.ways],
    }


def _share(share: FailingShare) -> dict[str, Any]:
    low, high = share.interval
    return {
        "share": round(share.value, 4),
        "of": share.whole,
        "interval": [round(low, 4), round(high, 4)],
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "forward": list(way.forward),
        "reverse": list(way.reverse),
        "ports": len(way.ports),
        "fails": way.fails,
        "because": way.because,
    }


def randomness_in_words(findings: Findings) -> str | None:
    """One sentence or two; None where no device spreads the flow or no port fails."""
    found = spread(findings)
    return " ".join(_words(found)) if found is not None and found.predicted.part else None


def _words(found: Spread) -> Iterator[str]:
    yield (
        f"By the hashes, {found.predicted.value:.0%} of {found.predicted.whole} source ports fail."
    )
    if found.measured:
        low, high = found.measured.interval
        yield (
            f"Tried: {found.measured.part} of {found.measured.whole} failed ({low:.0%} to"
            f" {high:.0%} at 95 %)."
        )
    if not found.trusted:
        yield "The kernel hashes otherwise than it says, so only what was tried counts."
    if found.working_port:
        yield f"Source port {found.working_port} works meanwhile."
