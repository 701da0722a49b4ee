"""Data of a connection that a device refused while we watched: its capture shows it stop, and its
own log says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.model.flow import Flow
from workbench.analysis.device.logbook import refusals
from workbench.analysis.diagnosis.context import Context

DATA = "data"


@dataclass(frozen=True, slots=True)
class RefusedData:
    """One device, and what it says of the data that it refused."""

    device: str
    words: str
    evidence: tuple[str, ...]


def refused_data(context: Context, flows: Iterable[Flow]) -> Iterator[RefusedData]:
    """Which devices refused data of these connections? Log and capture must both say so."""
    wanted = tuple(flows)
    for drop in context.drops():
        if drop.packet != DATA or drop.after is not None:
            continue
        ways = [flow.reversed() for flow in wanted] if drop.reverse else wanted
        told = [
            one
            for one in refusals(context.case, drop.node, ways)
            if one.fresh and one.packet == DATA
        ]
        yield from (
            RefusedData(drop.node, one.words, (*drop.evidence, *one.evidence)) for one in told
        )
