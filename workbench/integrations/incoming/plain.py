"""The plain hook: one alert of any system that can send JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from collectors.model.flow import Flow
from collectors.paste.flows import recognise
from workbench.incidents.actions.common import one_line
from workbench.integrations.incoming.told import ToldAlert, links_of, severity_of, tags_of
from workbench.integrations.models import AlertRules


def told(fields: dict[str, Any], at: datetime | None, rules: AlertRules) -> ToldAlert:
    """What the fields of `api.fields.NewAlert` say. Raises BadFlow."""
    title = one_line(fields["title"])
    return ToldAlert(
        source=one_line(fields["source"])[:100] or "plain",
        key=fields["key"] or title,
        flow=_flow(fields),
        firing=fields["status"] == "firing",
        title=title,
        at=at,
        summary=one_line(fields["summary"]),
        severity=severity_of(fields["severity"], rules),
        service=one_line(fields["service"])[:100],
        tags=tags_of(["alert", *fields["tags"]]),
        links=links_of([fields["url"]]),
    )


def _flow(fields: dict[str, Any]) -> Flow:
    if fields["flow"]:
        return recognise(fields["flow"])
    return Flow.build(
        fields["protocol"] or None,
        fields["src"],
        fields["sport"] or None,
        fields["dst"],
        fields["dport"] or None,
    )
