"""Puts the state boundaries of a run into rows, for the list over all incidents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from workbench.analysis.case.state_boundary import StateBoundary, StateKept
from workbench.incidents.models import BoundaryRow, Run
from workbench.incidents.storage.evidence_rows import clean
from workbench.report.boundaries import boundaries_of

ONLY_AN_END = (StateKept.SOCKET,)


def keep(run: Run, verdict: Mapping[str, Any], picture: Mapping[str, Any]) -> None:
    """Write what this run found, in place of what it found before; call it in a transaction."""
    BoundaryRow.objects.filter(run=run).delete()
    found = list(columns(verdict, picture, timezone.now()))
    earlier = BoundaryRow.objects.filter(incident_id=run.incident_id, newest=True)
    earlier.filter(device__in=[one["device"] for one in found]).update(newest=False)
    BoundaryRow.objects.bulk_create(
        BoundaryRow(run=run, incident_id=run.incident_id, **one) for one in found
    )


def columns(
    verdict: Mapping[str, Any], picture: Mapping[str, Any] | None, at: datetime
) -> Iterator[dict[str, Any]]:
    """Each boundary as the columns of its row. What keeps nothing but its own socket is an end of
    the flow, and no boundary that flows cross."""
    flow = str((picture or {}).get("flow", ""))[:200]
    for row in boundaries_of(verdict, picture):
        if row.keeps != ONLY_AN_END:
            yield {"flow": flow, "at": at, **clean(_columns(row))}


def _columns(row: StateBoundary) -> dict[str, Any]:
    return {
        "device": row.device[:100],
        "keeps": ",".join(row.keeps),
        "request": row.request.value,
        "reply": row.reply.value,
        "holds": row.holds.value,
        "state_group": row.group[:100],
        "sharing": row.sharing.value,
        "suspect": row.suspect,
    }
