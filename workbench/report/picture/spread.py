"""Which source ports take which way, and what share of them fails: as plain JSON, for figure, table
and postmortem."""

from __future__ import annotations

from typing import Any

from workbench.analysis.case.findings import Findings
from workbench.analysis.ecmp.spread import FailingShare, Spread, Way, hashing, spread

SHOWN = 240  # ports that are drawn, one cell each


def describe_spread(findings: Findings) -> dict[str, Any] | None:
    """The spread of the case; None = no device that hashes was asked about several ports."""
    found = spread(findings) if hashing(findings) else None
    if found is None or sum(len(way.ports) for way in found.ways) < 2:
        return None
    return _described(found, findings.case.flow.sport)


def _described(found: Spread, own: int | None) -> dict[str, Any]:
    ways = sorted(found.ways, key=lambda way: (way.fails is not True, -len(way.ports)))
    return {
        "ways": [_way(way) for way in ways],
        "cells": _cells(ways),
        "own": own,
        "predicted": _share(found.predicted),
        "measured": _share(found.measured),
        "agreement": _share(found.agreement),
        "trusted": found.trusted,
        "working_port": found.working_port,
        "culprit": list(found.culprit) if found.culprit else None,
        "evidence": list(found.evidence),
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "forward": list(way.forward),
        "reverse": list(way.reverse),
        "count": len(way.ports),
        "fails": way.fails,
        "because": way.because,
        "legs": [list(leg) for leg in way.legs],
        "sample": list(way.ports[:8]),
    }


def _cells(ways: list[Way]) -> list[list[int]]:
    """An even sample of the ports, each with the number of its way."""
    every = sorted((port, number) for number, way in enumerate(ways) for port in way.ports)
    step = max(1, len(every) // SHOWN)
    return [list(one) for one in every[::step][:SHOWN]]


def _share(share: FailingShare | None) -> dict[str, Any] | None:
    if share is None:
        return None
    low, high = share.interval
    return {
        "part": share.part,
        "whole": share.whole,
        "value": share.value,
        "low": low,
        "high": high,
    }
