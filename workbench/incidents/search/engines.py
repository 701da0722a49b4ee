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
        text = " <-> ".join(phrase) + (":*" if begun else "")
        return RawSQL(
            f"SELECT incident_id FROM {TABLE} WHERE {VECTOR} @@ to_tsquery('simple', %s)", [text]
        )
    text = '"' + " ".join(phrase) + '"' + ("*" if begun else "")
    sql = f"SELECT DISTINCT rowid >> {SEQ_BITS} FROM {INDEX} WHERE {INDEX} MATCH %s"
    return RawSQL(sql, [text])


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
