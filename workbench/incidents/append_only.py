"""Rows that nobody may change or remove: refused by the models, and by the database itself.

One thing may happen to them: what was redacted becomes a tombstone. The database lets a row become
exactly what a row of `incidents_redactedform` says, in the columns that `GUARDED` names, and that
row is there only inside of the transaction that redacts (`incidents.redaction.forms`).
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models

TABLES = ("incidents_event", "incidents_commandrecord", "incidents_commandresult")
LATER = ("incidents_sectionversion",)  # tables of later migrations, which guard them themselves
# every table that is guarded now, with the columns that a redaction may change
GUARDED: dict[str, tuple[str, ...]] = {
    "incidents_event": ("payload",),
    "incidents_sectionversion": ("text", "record"),
    "incidents_commandresult": ("reason",),
    "incidents_commandrecord": (),
    "incidents_redaction": (),
}
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


def guard(connection: Any) -> None:
    """Let the database refuse UPDATE and DELETE on every guarded table, whoever asks, but for what
    a redaction says. A migration that makes one of the tables anew calls this again."""
    remove(connection)
    install(connection, tuple(GUARDED))
    redactable = {table: columns for table, columns in GUARDED.items() if columns}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        for table, columns in redactable.items():
            for statement in _made_redactable(connection, table, columns):
                cursor.execute(statement)


def install(connection: Any, tables: tuple[str, ...] = TABLES) -> None:
    """Let the database refuse UPDATE and DELETE on these tables, whoever asks: for migrations from
    before anything could be redacted."""
    statements = _postgres(tables) if connection.vendor == "postgresql" else _sqlite(tables)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def remove(connection: Any, tables: tuple[str, ...] = tuple(GUARDED)) -> None:
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


# the row as it was, with the redacted columns as the form says, and in no other column anything new
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION bothways_only_redacted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (
    SELECT 1 FROM incidents_redactedform f
    WHERE f."table" = TG_TABLE_NAME AND f."row" = OLD.id AND f.form - TG_ARGV = '{}'::jsonb
      AND to_jsonb(NEW) = to_jsonb(OLD) || f.form
  ) THEN RETURN NEW; END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""


def _made_redactable(connection: Any, table: str, columns: tuple[str, ...]) -> list[str]:
    if connection.vendor == "postgresql":
        names = ", ".join(f"'{name}'" for name in columns)
        return [
            f"DROP TRIGGER IF EXISTS {table}_no_update ON {table}",
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION bothways_only_redacted({names})",
        ]
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    kept = [f'NEW."{one.name}" IS OLD."{one.name}"' for one in described if one.name not in columns]
    redacted = [_as_the_form_says(name) for name in columns]
    return [
        f"DROP TRIGGER IF EXISTS {table}_no_update",
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT ("
        f"{' AND '.join(kept)} AND EXISTS (SELECT 1 FROM incidents_redactedform f "
        f'WHERE f."table" = \'{table}\' AND f."row" = OLD.id AND {" AND ".join(redacted)})) '
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    ]


def _as_the_form_says(column: str) -> str:
    """A column of SQLite: a text, or JSON, which is compared without its blanks."""
    new = f'NEW."{column}"'
    if column == "payload":
        new = f"json({new})"
    said = f"json_extract(f.form, '$.{column}')"
    unchanged = f'NEW."{column}" IS OLD."{column}"'
    return (
        f"CASE WHEN json_type(f.form, '$.{column}') IS NULL THEN {unchanged} "
        f"ELSE {new} IS {said} END"
    )
