"""Copies incidents inside the database, each copy with all its rows: a large installation within a minute.

Every model of the incidents is copied as Django describes it, so that a new one needs nothing here. A
key of a copy is that of the row and a stride for each copy; what points at a copied row points at its
copy. Some columns get a value of their own, so that lists and searches have something to tell apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models

from workbench.incidents.models import SearchText
from workbench.incidents.models.search import SEQ_BITS

STRIDE = 100_000  # more than the rows of one model before copying
HOURS = 12  # between two copies of one incident
# model.column -> what it is in copy n
VALUES = {
    "incident.title": "title || ' ' || n",
    "incident.service": "'service-' || (n % 40)",
    "incident.severity": "1 + n % 4",
    "incident.state": "CASE n % 10 WHEN 0 THEN 'open' WHEN 1 THEN 'mitigated' ELSE 'resolved' END",
    "incident.restricted": "n % 20 = 0",
    "actionitem.owner_name": "'owner-' || (n % 50)",
    "actionitem.state": "CASE n % 3 WHEN 0 THEN 'open' ELSE 'done' END",
    "searchtext.words": "words || ' chg ' || n || ' rack' || (n % 500)",
    "*.device": "CASE WHEN device = '' THEN '' ELSE device || '-' || (n % 40) END",
}


@dataclass(frozen=True, slots=True)
class Copier:
    """Makes copies 1 to `copies` of what is there; of some models only the rows that are named."""

    copies: int
    only: dict[type[models.Model], list[int]] = field(default_factory=dict)

    def copy(self) -> None:
        """Copy every row of every model of the incidents."""
        found = apps.get_app_config("incidents").get_models(include_auto_created=True)
        copied = list(found)
        with connection.constraint_checks_disabled(), connection.cursor() as cursor:
            for model in copied:
                cursor.execute(self._statement(model, set(copied)))
            for statement in connection.ops.sequence_reset_sql(no_style(), copied):
                cursor.execute(statement)

    def _statement(self, model: type[models.Model], copied: set[Any]) -> str:
        table = connection.ops.quote_name(model._meta.db_table)
        fields = model._meta.concrete_fields
        columns = ", ".join(connection.ops.quote_name(str(one.column)) for one in fields)
        values = ", ".join(_value(model, one, copied) for one in fields)
        return (
            f"WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {self.copies}) "
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM copies CROSS JOIN {table}{self._where(model)}"
        )

    def _where(self, model: type[models.Model]) -> str:
        if model not in self.only:
            return ""
        key = model._meta.pk.column
        return f" WHERE {key} IN ({', '.join(map(str, self.only[model])) or 'NULL'})"


def _value(model: type[models.Model], one: Any, copied: set[Any]) -> str:
    """One column of a copy, in SQL."""
    name = model._meta.model_name
    column = connection.ops.quote_name(one.column)
    if model is SearchText and one.primary_key:
        return f"{column} + (CAST(n AS bigint) * {STRIDE} << {SEQ_BITS})"
    if one.primary_key or (one.is_relation and one.related_model in copied):
        return f"{column} + n * {STRIDE}"
    if isinstance(one, models.DateTimeField):
        return _earlier(column)
    return VALUES.get(f"{name}.{one.column}") or VALUES.get(f"*.{one.column}") or column


def _earlier(column: str) -> str:
    if connection.vendor == "postgresql":
        return f"{column} - n * interval '{HOURS} hours'"
    return f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-' || (n * {HOURS}) || ' hours')"
