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
    sent = tuple(flows)
    answered = tuple(flow.reversed() for flow in sent)
    for drop in context.drops():
        if drop.packet != DATA or drop.after is not None:
            continue
        for line in refusals(context.case, drop.node, answered if drop.reverse else sent):
            if line.fresh and line.packet == DATA:
                yield RefusedData(drop.node, line.words, (*drop.evidence, *line.evidence))
