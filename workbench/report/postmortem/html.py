"""The pieces of the HTML postmortem. Every text that goes in is cleaned and escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.report.text import clean, markup

LONG = 20_000
STYLE = (
    ":root{color-scheme:light}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1120px;margin:32px auto;padding:0 20px;"
    "color:#1b222b;background:#fff}"
    "h1{font-size:1.6em;line-height:1.25;margin:0 0 .4em}h2{margin:1.6em 0 .4em;font-size:1.2em;"
    "border-bottom:1px solid #d3dae2}h3{font-size:1em;margin:1em 0 .2em}a{color:#0a5fa8}"
    ".verdict{font-size:1.1em;border-left:5px solid #b91522;padding:6px 14px;background:#fdeeee}"
    ".facts{columns:2;column-gap:32px;margin:.6em 0;font-size:.9em}.facts div{break-inside:avoid;"
    "display:flex;gap:10px}.facts dt{color:#55606e;min-width:9em}.facts dd{margin:0;overflow-wrap:anywhere}"
    ".origin{color:#55606e;font-size:.8em;margin:.2em 0 0}.ref{font-family:ui-monospace,monospace;font-size:.86em}"
    ".picture{overflow-x:auto}svg{max-width:100%;height:auto}"
    ".note{white-space:normal}.note img{display:block;max-width:100%;max-height:480px;margin:.4em 0}"
    "ul,ol{margin:.3em 0;padding-left:1.4em}p{margin:.4em 0}"
    "blockquote{margin:.6em 0;padding:2px 14px;border-left:4px solid #c98a00;background:#f7efd4}"
    "table{border-collapse:collapse;font-size:.86em;width:100%}th,td{text-align:left;vertical-align:top;"
    "padding:4px 10px 4px 0;border-bottom:1px solid #e3e8ed;overflow-wrap:anywhere;white-space:pre-wrap}"
    "pre{background:#f6f8fa;padding:8px 12px;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}"
    "@media(max-width:600px){.facts{columns:1}table{display:block;overflow-x:auto}}"
    "@page{size:A4;margin:14mm 14mm 16mm}"
    "@media print{html{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "body{margin:0;padding:0;max-width:none;font-size:9.5pt;line-height:1.35}"
    "h2{margin-top:1em}h2,h3{break-after:avoid}tr,.picture,blockquote{break-inside:avoid}svg{max-height:70mm}"
    ".note img{max-height:90mm}.appendix{break-before:page;font-size:7.5pt}a{color:inherit;text-decoration:none}"
    "p,li{orphans:2;widows:2}thead{display:table-header-group}}"
)


def _safe(text: object) -> str:
    kept = "\n".join(clean(line, LONG) for line in str(text).splitlines())
    return markup(kept)


class Html(str):
    """A text that is HTML already."""

    __slots__ = ()


def _cell(cell: str) -> str:
    return cell if isinstance(cell, Html) else _safe(cell)


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


def anchored(head: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """A table of texts whose rows can be pointed at: each has a name, then its cells."""
    if not rows:
        return paragraph("None.")
    top = "".join(f'<th scope="col">{_safe(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr id="{_safe(name)}">{"".join(f"<td>{_cell(cell)}</td>" for cell in cells)}</tr>'
        for name, cells in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Names and what they are, in two columns where there is room."""
    body = "".join(
        f"<div><dt>{_safe(name)}</dt><dd>{_safe(value)}</dd></div>" for name, value in rows
    )
    return f'<dl class="facts">{body}</dl>'


def commands(lines: Sequence[str]) -> str:
    """Commands to read and to copy."""
    return f"<pre>{_safe(chr(10).join(lines))}</pre>"
