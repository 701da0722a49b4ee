"""The webhook of Alertmanager: payload version 4.

Source of the format: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from collectors.model.flow import BadFlow
from workbench.incidents.actions.common import one_line
from workbench.integrations.incoming.told import (
    ToldAlert,
    flow_of,
    labels_of,
    links_of,
    severity_of,
    tags_of,
)
from workbench.integrations.models import AlertRules

SOURCE = "alertmanager"
MOST_ALERTS = 200  # of one notification that are read


class OneAlert(BaseModel):
    """An alert in a notification. Fields that are not named here are of no use to us."""

    status: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    startsAt: datetime | None = None
    endsAt: datetime | None = None
    generatorURL: str = ""
    fingerprint: str = ""


class Notification(BaseModel):
    """A notification of one group of alerts. It may have more fields: later versions add some."""

    version: str
    groupKey: str
    externalURL: str = ""
    alerts: list[dict[str, Any]] = Field(description="each with status, labels, annotations …")


class Unread(Exception):
    """Nothing can be done with an alert; the message says why."""


def read(one: dict[str, Any], notification: Notification, rules: AlertRules) -> ToldAlert:
    """What an alert says. Raises Unread."""
    try:
        alert = OneAlert.model_validate(one)
        said = alert.annotations | alert.labels  # a label is meant before an annotation
        return _told(alert, said, notification, flow_rules=rules)
    except ValidationError as error:
        names = ", ".join(str(part["loc"][0])[:60] for part in error.errors()[:5])
        raise Unread(f"it cannot be read: {names}") from None
    except BadFlow as error:
        raise Unread(str(error)) from None


def _told(
    alert: OneAlert, said: dict[str, str], notification: Notification, *, flow_rules: AlertRules
) -> ToldAlert:
    rules = flow_rules
    name, firing = alert.labels.get("alertname", ""), alert.status == "firing"
    summary = said.get("summary") or said.get("description") or said.get("message") or ""
    return ToldAlert(
        source=SOURCE,
        key=notification.groupKey,
        flow=flow_of(said, rules),
        firing=firing,
        title=one_line(summary or name),
        at=_given(alert.startsAt if firing else alert.endsAt),
        summary=one_line(summary),
        severity=severity_of(said.get(rules.severity, ""), rules),
        service=one_line(said.get(rules.service, ""))[:100],
        tags=tags_of(["alert", name]),
        links=links_of([alert.generatorURL, notification.externalURL, said.get("runbook_url", "")]),
        labels=labels_of(alert.labels),
    )


def _given(at: datetime | None) -> datetime | None:
    """A time; the year 1 is Go's way to say that there is none."""
    if at is None or at.year < 2000:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def label_name(one: dict[str, Any]) -> str:
    """By what an answer names an alert: its name, else its fingerprint."""
    labels = one.get("labels")
    name = labels.get("alertname") if isinstance(labels, dict) else None
    return one_line(str(name or one.get("fingerprint") or ""))[:100]


def left_out(notification: Notification) -> Iterator[dict[str, Any]]:
    """The alerts beyond those that are read."""
    yield from notification.alerts[MOST_ALERTS:]
