"""A note as HTML: Markdown, images of the incident, and links to what it speaks of."""

from __future__ import annotations

from functools import lru_cache

from django.urls import reverse

from workbench.report.markup import Reference, to_html

KEPT = 4096  # notes whose HTML is kept; one that is corrected has other words


@lru_cache(maxsize=KEPT)
def note_html(incident: int, text: str) -> str:
    """The words of a note in this incident, as its page shows them."""

    def leads(to: Reference) -> str:
        return _address(incident, to)

    def images(number: int) -> str:
        return reverse("image", args=[incident, number])

    return to_html(text, leads, images, bare=True)


def _address(incident: int, to: Reference) -> str:
    page = reverse("incident", args=[incident])
    if to.name == "run":
        return f"{page}?run={to.run}"
    if to.name.startswith("n"):
        return f"#{to.name}"
    if to.name.startswith("#"):
        return reverse("incident", args=[int(to.name[1:])])
    return f"{page}?run={to.run}&e={to.name}" if to.run else f"{page}?e={to.name}"
