"""How is Bothways doing? Numbers in the text form of Prometheus, counted when they are asked
for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, QuerySet, Sum
from django.http import HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from workbench.incidents import fault, queries
from workbench.incidents.models import CommandResult, Run

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def metrics(user: User) -> HttpResponse:
    """Incidents, runs, verdicts and commands, as far as this person may see them."""
    registry = CollectorRegistry()
    registry.register(_Record(user))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Record(Collector):
    """The record, counted."""

    def __init__(self, user: User) -> None:
        self._incidents = queries.incidents(user).filter(origin="").order_by()
        self._runs = Run.objects.filter(incident__in=self._incidents.values("pk")).order_by()
        self._commands = queries.commands(user, queries.CommandFilter()).order_by()

    def describe(self) -> Iterable[Metric]:
        """Nothing is counted before somebody asks."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Every number."""
        yield self._by(
            "bothways_incidents", "Incidents by state.", self._incidents.values_list("state")
        )
        yield self._by("bothways_runs", "Investigations by state.", self._runs.values_list("state"))
        yield self._open_verdicts()
        yield self._run_seconds()
        sent = CounterMetricFamily(
            "bothways_commands_sent", "Commands written down to be sent to devices."
        )
        sent.add_metric([], self._commands.count())
        yield sent
        results = CommandResult.objects.filter(record__in=self._commands.values("pk")).order_by()
        yield self._by(
            "bothways_command_results",
            "Commands by what came of them.",
            results.values_list("status"),
        )

    def _by(self, name: str, says: str, rows: QuerySet[Any, Any]) -> Metric:
        family = GaugeMetricFamily(name, says, labels=["state"])
        for state, number in rows.annotate(number=Count("pk", distinct=True)):
            family.add_metric([state], number)
        return family

    def _open_verdicts(self) -> Metric:
        """The cause of each incident that is not resolved: of its fault, else of the verdict that
        stands."""
        family = GaugeMetricFamily(
            "bothways_open_verdicts",
            "Unresolved incidents by the cause that was found last.",
            labels=["root_cause"],
        )
        unresolved = fault.with_runs(self._incidents.exclude(state="resolved"))
        newest = {
            pk: verdict["root_cause"]
            for pk, verdict in unresolved.values_list("pk", "verdict")
            if verdict
        }
        for cause in sorted(set(newest.values())):
            family.add_metric([cause], list(newest.values()).count(cause))
        return family

    def _run_seconds(self) -> Metric:
        took = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
        ended = self._runs.filter(started_at__isnull=False, ended_at__isnull=False)
        counted = ended.aggregate(number=Count("pk", distinct=True), seconds=Sum(took))
        family = SummaryMetricFamily(
            "bothways_run_seconds", "How long investigations took, from start to end."
        )
        family.add_metric(
            [], counted["number"], counted["seconds"].total_seconds() if counted["seconds"] else 0.0
        )
        return family
