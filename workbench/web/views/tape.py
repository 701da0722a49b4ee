"""The tape of an incident: each answer as a line, for our script in pieces, else as a page."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from workbench.config.access import by_script
from workbench.incidents import queries, tape
from workbench.incidents.models import Incident, Run
from workbench.report import words
from workbench.web import parts
from workbench.web.presenters.tape import tape_line
from workbench.web.views.common import incident_or_404, number

MOST_AWAITED = 40
KEPT = 4096  # lines, about 3 MB; an answer never changes, so a line is drawn once


@require_GET
def lines(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest answers, those after a row (`after`) or those before one (`before`)."""
    incident = incident_or_404(request, pk)
    after, before, pinned = (number(request.GET.get(k)) for k in ("after", "before", "run"))
    run = None if pinned is None else queries.run(incident, pinned)
    if pinned is not None and run is None:
        raise Http404("no such run")
    key = ("tape", pk, incident.last_seq, after, before, pinned)
    found: dict[str, Any] = parts.shared.get(key, lambda: _piece(incident, run, after, before))
    if by_script(request):
        return JsonResponse(found)
    more = {"incident": incident, "name": "tape", "title": "Answers as they come"}
    more |= {"template": "web/parts/tape_lines.html", "run": run}
    return render(request, "web/part.html", more | found)


def _piece(
    incident: Incident, run: Run | None, after: int | None, before: int | None
) -> dict[str, Any]:
    older = after is None
    piece = tape.before(incident, before, run) if older else tape.after(incident, after or 0, run)
    return {
        "lines": kept.of(piece.rows),
        "earlier": piece.earlier,
        "more": not older and len(piece.rows) == tape.PIECE,
        "awaited": _awaited(run or queries.run(incident)),
    }


def _awaited(run: Run | None) -> list[dict[str, Any]]:
    return [
        {
            "device": one.device,
            "what": words.question_title(one.question),
            "since": one.since.isoformat(),
            "seconds": one.seconds,
        }
        for one in tape.awaited(run)[:MOST_AWAITED]
    ]


class KeptLines:
    """Lines that were drawn, so that the next who looks does not unpack the same answers again."""

    def __init__(self, most: int = KEPT) -> None:
        self._lock, self._most = threading.Lock(), most
        self._lines: OrderedDict[int, dict[str, Any]] = OrderedDict()

    def of(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """The lines of these rows, in this order."""
        with self._lock:
            found = {pk: self._lines[pk] for pk in rows if pk in self._lines}
        for row in tape.answers(set(rows) - set(found)):
            line = tape_line(row)
            html = render_to_string("web/parts/tape_line.html", {"line": line}).strip()
            found[row.pk] = {"id": row.pk, "device": row.device, "html": html}
        with self._lock:
            self._lines.update(found)
            while len(self._lines) > self._most:
                self._lines.popitem(last=False)
        return [found[pk] for pk in rows if pk in found]


kept = KeptLines()
