"""The postmortem as a download."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from workbench.incidents import actions
from workbench.report.postmortem.markdown import as_markdown
from workbench.report.postmortem.page import as_html
from workbench.web.presenters.postmortem import gather
from workbench.web.views.common import incident_or_404, person

FORMS = {
    "md": ("text/markdown; charset=utf-8", as_markdown),
    "html": ("text/html; charset=utf-8", as_html),
}


@require_GET
def postmortem(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The whole incident as one file; that it was taken is written down."""
    if form not in FORMS:
        raise Http404("md or html")
    incident = incident_or_404(request, pk)
    kind, write = FORMS[form]
    body = write(gather(person(request), incident))
    actions.note_export(person(request), incident, form)
    name = f"bothways-incident-{incident.pk}.{form}"
    return HttpResponse(
        body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@require_GET
def print_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML file itself in the browser, to be printed or kept as PDF from there; the browser
    runs nothing in it."""
    incident = incident_or_404(request, pk)
    body = as_html(gather(person(request), incident))
    actions.note_export(person(request), incident, "print")
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    return HttpResponse(body, headers={"Content-Security-Policy": policy})
