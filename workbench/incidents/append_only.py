"""Rows that nobody may change or remove: refused by the models, and by the database itself."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models

TABLES = ("incidents_event", "incidents_commandrecord", "incidents_commandresult")
LATER = ("incidents_sectionversion",)  # tables of later migrations, which guard them themselves
T = TypeVar("T", bound=models.Model)


class AppendOnly(Exception):
    """Somebody tried to rewrite history."""


class AppendOnlyQuerySet(models.QuerySet[T]):
    """Only adds and reads."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly("these rows are never changed")

    def delete(self) -> NoReturn:
        raise AppendOnly("these rows are never removed")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("these rows are never changed")


class AppendOnlyModel(models.Model):
    """A row that is written once."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a second save is refused."""
        if not self._state.adding:
            raise AppendOnly("this row is never changed")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise AppendOnly("this row is never removed")


def install(connection: Any, tables: tuple[str, ...] = TABLES) -> None:
    """Let the database refuse UPDATE and DELETE on these tables, whoever asks."""
    statements = _postgres(tables) if connection.vendor == "postgresql" else _sqlite(tables)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def remove(connection: Any, tables: tuple[str, ...] = TABLES + LATER) -> None:
    """Take the guards away: for a migration that is undone, and for emptying a test database."""
    suffix = " ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for table in tables:
            for verb in ("update", "delete", "truncate"):
                cursor.execute(
                    f"DROP TRIGGER IF EXISTS {table}_no_{verb}" + suffix.format(table=table)
                )


def _sqlite(tables: tuple[str, ...]) -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in tables
        for verb in ("update", "delete")
    ]


def _postgres(tables: tuple[str, ...]) -> list[str]:
    function = (
        "CREATE OR REPLACE FUNCTION bothways_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    return [
        function,
        *(
            f"CREATE OR REPLACE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION bothways_append_only()"
            for table in tables
            for verb in ("update", "delete", "truncate")
        ),
    ]
