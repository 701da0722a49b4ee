"""A note as HTML: Markdown, images of the incident, and links to what it speaks of."""

from __future__ import annotations

from functools import lru_cache

from django.urls import reverse

from workbench.incidents.models import DeviceMention
from workbench.report.markup import Reference, to_html
from workbench.web.links import device_page

MOST_DEVICES = 1000  # of one incident
KEPT = 4096  # notes whose HTML is kept; one that is corrected has other words


@lru_cache(maxsize=KEPT)
def note_html(incident: int, text: str, devices: frozenset[str] = frozenset()) -> str:
    """The words of a note in this incident, as its page shows them; the names of its devices lead to
    their pages."""

    def leads(to: Reference) -> str:
        if to.word:
            return device_page(to.name) if to.name in devices else ""
        return _address(incident, to)

    def images(number: int) -> str:
        return reverse("image", args=[incident, number])

    return to_html(text, leads, images, bare=True, named=True)


def devices_of(incident: int) -> frozenset[str]:
    """The names of the devices that an incident has to do with."""
    rows = DeviceMention.objects.filter(incident=incident).order_by()
    return frozenset(rows.values_list("device", flat=True).distinct()[:MOST_DEVICES])


def _address(incident: int, to: Reference) -> str:
    page = reverse("incident", args=[incident])
    if to.name == "run":
        return f"{page}?run={to.run}"
    if to.name.startswith("n"):
        return f"#{to.name}"
    if to.name.startswith("#"):
        return reverse("incident", args=[int(to.name[1:])])
    return f"{page}?run={to.run}&e={to.name}" if to.run else f"{page}?e={to.name}"
