"""Rows as a CSV file that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from workbench.report.text import clean

LONGEST = 2000
# what makes a spreadsheet calculate (OWASP, "CSV Injection"), also after blanks
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(head: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows under these columns; every cell is cleaned text."""
    file = io.StringIO()
    columns = list(head)
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return file.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else clean(value, LONGEST)
    begins = text.lstrip()
    formula = text.startswith(_FORMULA) or begins.startswith(_FORMULA)
    return f"'{text}" if formula else text
