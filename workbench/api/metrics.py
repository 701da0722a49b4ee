"""How is Bothways doing? Numbers in the text form of Prometheus, counted when they are asked
for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Count, FloatField, Func, QuerySet, Sum
from django.http import HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from workbench.incidents import queries, roles, sent
from workbench.incidents.models import CommandRecord, CommandResult, FoundCause, Run

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
        self._hidden = sent.left_out(user)
        self._runs = Run.objects.exclude(incident__in=self._hidden).order_by()
        self._sees_commands = user.has_perm(roles.AUDIT)

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
        total = CounterMetricFamily(
            "bothways_commands_sent", "Commands written down to be sent to devices."
        )
        total.add_metric([], self._sent())
        yield total
        family = GaugeMetricFamily(
            "bothways_command_results", "Commands by what came of them.", labels=["state"]
        )
        for status, number in sorted(self._results().items()):
            family.add_metric([status], number)
        yield family

    def _sent(self) -> int:
        """All but those of hidden incidents, which are few: the others are counted, not read."""
        if not self._sees_commands:
            return 0
        hidden = CommandRecord.objects.filter(incident__in=self._hidden)
        return CommandRecord.objects.count() - hidden.count()

    def _results(self) -> Counter[str]:
        if not self._sees_commands:
            return Counter()
        every = CommandResult.objects.order_by().values_list("status")
        hidden = every.filter(record__incident__in=self._hidden)
        counted = (dict(rows.annotate(Count("pk"))) for rows in (every, hidden))
        return Counter(next(counted)) - Counter(next(counted))

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
        unresolved = FoundCause.objects.exclude(incident__state="resolved")
        seen = unresolved.exclude(incident__in=self._hidden).order_by("cause")
        for cause, number in seen.values_list("cause").annotate(Count("pk")):
            family.add_metric([cause], number)
        return family

    def _run_seconds(self) -> Metric:
        ended = self._runs.filter(started_at__isnull=False, ended_at__isnull=False)
        counted = ended.aggregate(
            number=Count("pk"), seconds=Sum(_Seconds("ended_at", "started_at"))
        )
        family = SummaryMetricFamily(
            "bothways_run_seconds", "How long investigations took, from start to end."
        )
        family.add_metric([], counted["number"], float(counted["seconds"] or 0))
        return family


class _Seconds(Func):
    """From the second time to the first, counted by the database itself: Django's own difference
    calls back into Python for each row of SQLite."""

    arity = 2
    output_field = FloatField()

    def as_sql(self, *args: Any, **more: Any) -> Any:
        """Where times can be subtracted."""
        more |= {"template": "EXTRACT(EPOCH FROM (%(expressions)s))", "arg_joiner": " - "}
        return super().as_sql(*args, **more)

    def as_sqlite(self, *args: Any, **more: Any) -> Any:
        """Where they are texts."""
        more |= {"template": "86400.0 * (julianday(%(expressions)s))"}
        more |= {"arg_joiner": ") - julianday("}
        return super().as_sql(*args, **more)
