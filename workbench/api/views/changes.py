"""Changes of devices that other systems report."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router, Status

from workbench.api import asking, incoming, shapes
from workbench.api.asking import person
from workbench.integrations import actions, queries

router = Router(tags=["integrations"])


@router.post(
    "/changes",
    response={200: incoming.ReportedAnswer, 201: incoming.ReportedAnswer},
    url_name="changes",
)
def report_change(
    request: HttpRequest, change: incoming.NewChange
) -> Status[incoming.ReportedAnswer]:
    """Tell that a device was changed; what is told twice is kept once. Every incident whose paths
    cross the device around that time shows it."""
    row, new = actions.report_change(
        person(request),
        change.source,
        change.device,
        change.summary,
        at=asking.moment(change.at, "at"),
        url=change.url,
        commands=change.commands,
    )
    return Status(201 if new else 200, {**shapes.change(row), "new": new})


@router.get("/changes", response=incoming.ChangesAnswer, url_name="changes")
def list_changes(
    request: HttpRequest, wanted: Query[incoming.ChangeQuery]
) -> incoming.ChangesAnswer:
    """What was reported, the newest first."""
    rows = queries.reported_changes(
        person(request),
        device=wanted.device,
        source=wanted.source,
        since=asking.moment(wanted.since, "since"),
        until=asking.moment(wanted.until, "until"),
    )
    found = asking.page(rows, ("-at", "-pk"), wanted.cursor)
    return {"changes": [shapes.change(row) for row in found.rows], "next": found.next}
