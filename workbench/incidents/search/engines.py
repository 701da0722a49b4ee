"""The text engines behind one small interface: FTS5 of SQLite, full text of PostgreSQL.

Both index `SearchText.words`, where words are plain already: no syntax of a query language can be in
what they are asked. The engine's index follows the table by itself (triggers, an index on an
expression), in the same transaction. A migration that makes the table anew calls `install` again.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from workbench.incidents.models.search import SEQ_BITS

TABLE = "incidents_searchtext"
INDEX = "incidents_searchtext_fts"
VECTOR = "to_tsvector('simple'::regconfig, words)"


def incidents_with(phrase: list[str], begun: bool) -> RawSQL:
    """The incidents in one of whose texts these words follow each other; `begun`: the last word may
    go on."""
    if connection.vendor == "postgresql":
        sql = f"SELECT incident_id FROM {TABLE} WHERE {VECTOR} @@ to_tsquery('simple', %s)"
        return RawSQL(sql, [_as_postgres(phrase, begun)])
    sql = f"SELECT DISTINCT rowid >> {SEQ_BITS} FROM {INDEX} WHERE {INDEX} MATCH %s"
    return RawSQL(sql, [_as_fts5(phrase, begun)])


def first_texts(phrase: list[str], begun: bool, incidents: list[int]) -> dict[int, int]:
    """In each of these incidents, the key of the first text that has the phrase."""
    if not incidents:
        return {}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sql = (
                f"SELECT incident_id, MIN(id) FROM {TABLE} WHERE incident_id = ANY(%s)"
                f" AND {VECTOR} @@ to_tsquery('simple', %s) GROUP BY incident_id"
            )
            cursor.execute(sql, [incidents, _as_postgres(phrase, begun)])
            return dict(cursor.fetchall())
        # the engine would read its whole list of a common word for each of them: the texts of a few
        # incidents are read sooner, and their words are plain
        wanted = " " + " ".join(phrase) + ("" if begun else " ")
        places = ", ".join(["%s"] * len(incidents))
        sql = (
            f"SELECT incident_id, MIN(id) FROM {TABLE} WHERE incident_id IN ({places})"
            " AND instr(' ' || words || ' ', %s) > 0 GROUP BY incident_id"
        )
        cursor.execute(sql, [*incidents, wanted])
        return dict(cursor.fetchall())


def _as_postgres(phrase: list[str], begun: bool) -> str:
    return " <-> ".join(phrase) + (":*" if begun else "")


def _as_fts5(phrase: list[str], begun: bool) -> str:
    return '"' + " ".join(phrase) + '"' + ("*" if begun else "")


def install(to: Any) -> None:
    """Make the engine's index for what the table holds."""
    statements = _postgres() if to.vendor == "postgresql" else _sqlite()
    with to.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def remove(to: Any) -> None:
    """Take the engine's index away, for a migration that is undone."""
    drops = [f"DROP INDEX IF EXISTS {INDEX}"]
    if to.vendor != "postgresql":
        triggers = [f"DROP TRIGGER IF EXISTS {INDEX}_{verb}" for verb in ("add", "drop", "edit")]
        drops = [*triggers, f"DROP TABLE IF EXISTS {INDEX}"]
    with to.cursor() as cursor:
        for statement in drops:
            cursor.execute(statement)


def _postgres() -> list[str]:
    return [f"CREATE INDEX IF NOT EXISTS {INDEX} ON {TABLE} USING gin ({VECTOR})"]


def _sqlite() -> list[str]:
    add = f"INSERT INTO {INDEX}(rowid, words) VALUES (new.id, new.words);"
    drop = f"INSERT INTO {INDEX}({INDEX}, rowid, words) VALUES ('delete', old.id, old.words);"
    when = f"CREATE TRIGGER IF NOT EXISTS {INDEX}"
    return [
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} USING fts5(words, content='{TABLE}', "
        "content_rowid='id', tokenize='unicode61', prefix='2 3')",
        f"{when}_add AFTER INSERT ON {TABLE} BEGIN {add} END",
        f"{when}_drop AFTER DELETE ON {TABLE} BEGIN {drop} END",
        f"{when}_edit AFTER UPDATE ON {TABLE} BEGIN {drop} {add} END",
        f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')",
    ]
