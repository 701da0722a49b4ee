"""The pieces of the HTML postmortem. Every text that goes in is cleaned and escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.report.text import clean, markup

LONG = 20_000
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1120px;margin:32px auto;padding:0 20px;"
    "color:#1b222b;background:#fff}"
    "h1{font-size:1.6em}h2{margin-top:1.8em;border-bottom:1px solid #d3dae2}"
    ".verdict{font-size:1.1em;border-left:5px solid #b91522;padding:6px 14px;background:#fdeeee}"
    ".picture{overflow-x:auto}svg{max-width:100%;height:auto}"
    "table{border-collapse:collapse;font-size:.86em;width:100%}th,td{text-align:left;vertical-align:top;"
    "padding:4px 10px 4px 0;border-bottom:1px solid #e3e8ed;overflow-wrap:anywhere;white-space:pre-wrap}"
    "pre{background:#f6f8fa;padding:8px 12px;border-radius:6px;white-space:pre-wrap}"
    "@media print{body{margin:0}h2{break-after:avoid}tr{break-inside:avoid}}"
)


def _safe(text: object) -> str:
    kept = "\n".join(clean(line, LONG) for line in str(text).splitlines())
    return markup(kept)


def paragraph(text: str) -> str:
    """One paragraph."""
    return f"<p>{_safe(text)}</p>"


def chapter(title: str, inside: str) -> str:
    """A heading and what stands under it; `inside` is HTML already."""
    return f"<h2>{_safe(title)}</h2>{inside}"


def listing(items: Iterable[str]) -> str:
    """A list of texts."""
    found = "".join(f"<li>{_safe(item)}</li>" for item in items)
    return f"<ul>{found}</ul>" if found else paragraph("None.")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts."""
    if not rows:
        return paragraph("None.")
    top = "".join(f'<th scope="col">{_safe(cell)}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def commands(lines: Sequence[str]) -> str:
    """Commands to read and to copy."""
    return f"<pre>{_safe(chr(10).join(lines))}</pre>"
