"""A flow as columns of a row, and the further flows of an incident."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.db import models

from collectors.model.flow import FOLLOWED, Flow, Protocol

PERSON = settings.AUTH_USER_MODEL


class FlowColumns(models.Model):
    """A row that is about one flow."""

    protocol = models.CharField(max_length=8, choices=[(p.value, p.value) for p in FOLLOWED])
    src = models.GenericIPAddressField()
    sport = models.PositiveIntegerField(null=True, blank=True)
    dst = models.GenericIPAddressField()
    dport = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def flow_columns(self) -> tuple[str | int | None, ...]:
        """The same as plain values, to be compared."""
        return (self.protocol, self.src, self.sport, self.dst, self.dport)

    @property
    def flow(self) -> Flow:
        """The 5-tuple that this is about."""
        return Flow(
            Protocol(self.protocol),
            ip_address(self.src),
            self.sport,
            ip_address(self.dst),
            self.dport,
        )


def columns_of(flow: Flow) -> dict[str, Any]:
    """A flow as the values of these columns."""
    return {
        "protocol": flow.protocol.value,
        "src": str(flow.src),
        "sport": flow.sport,
        "dst": str(flow.dst),
        "dport": flow.dport,
    }


class FurtherFlow(FlowColumns):
    """Another flow of the same incident: another client, another port. The main flow is number 1
    and stands in the incident itself."""

    incident = models.ForeignKey("Incident", models.PROTECT, related_name="further_flows")
    number = models.PositiveIntegerField()  # from 2
    why = models.CharField(max_length=500, blank=True)
    added_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["incident", "number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="flow_numbers_are_unique")
        ]
        indexes = [models.Index(fields=["src", "dst"], name="further_flows_by_ends")]

    def __str__(self) -> str:
        return f"{self.incident_id}/flow {self.number} {self.flow}"
