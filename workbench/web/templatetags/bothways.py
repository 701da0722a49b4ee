"""Filters and tags of Bothways' templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django import template
from django.conf import settings
from django.middleware.csrf import get_token
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from collectors.model.flow import Flow
from workbench.incidents.search.found_text import Piece
from workbench.report import words
from workbench.web import links
from workbench.web.presenters.progress import STATUS_TONES
from workbench.web.presenters.raw import visible as make_visible

register = template.Library()


@register.filter
def at(mapping: Mapping[str, Any], key: str) -> Any:
    """The value of a key, else the key."""
    return mapping.get(key, key)


@register.filter
def tone(status: str) -> str:
    """The colour of an answer's status."""
    return STATUS_TONES.get(status, "")


@register.filter
def visible(text: str) -> str:
    """Text from a device with its control bytes made visible; the template escapes it as any
    other."""
    return make_visible(str(text))


@register.filter
def lines(items: Iterable[str]) -> str:
    """Each on a line of its own."""
    return "\n".join(items)


@register.filter
def question(code: str) -> str:
    """What was asked, in a few words."""
    return words.question_title(code)


@register.filter
def device_link(name: str, shown: str = "") -> SafeString | str:
    """The name of a device as a link to its page."""
    to = links.device_page(str(name))
    return format_html('<a href="{}">{}</a>', to, shown or name) if to else str(name)


@register.filter
def address_link(address: object) -> SafeString | str:
    """An address as a link to its page."""
    to = links.address_page(str(address))
    return format_html('<a href="{}">{}</a>', to, address) if to else str(address)


@register.filter
def interface_link(text: str) -> SafeString | str:
    """An address with the length of its prefix, as a link to the page of the address."""
    to = links.address_page(text.partition("/")[0])
    return format_html('<a href="{}">{}</a>', to, text) if to else text


@register.filter
def flow_links(flow: Flow) -> SafeString:
    """A flow whose ends lead to their pages."""
    ends = zip(str(flow).partition(" > ")[::2], (flow.src, flow.dst), strict=True)
    linked = (
        (
            part[: part.index(str(end))],
            address_link(end),
            part[part.index(str(end)) + len(str(end)) :],
        )
        for part, end in ends
    )
    return format_html_join(" > ", "{}{}{}", linked)


@register.filter
def marked(pieces: Iterable[Piece]) -> SafeString:
    """A text with what was looked for marked."""
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>", p.text) if p.marked else p.text,) for p in pieces),
    )


@register.filter
def percent(share: float) -> str:
    """A share in percent."""
    return f"{share:.0%}"


@register.filter
def moment(epoch: float) -> datetime:
    """Epoch seconds as a time."""
    return datetime.fromtimestamp(epoch, UTC)


@register.simple_tag(takes_context=True)
def csrf(context: template.Context) -> SafeString:
    """The hidden field against forged requests; empty in a live part, where htmx and page.js send
    the header."""
    token = context.get("csrf_token")
    request = context.get("request")
    value = str(token or (get_token(request) if request else ""))
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', value)


@register.simple_tag
def replaying() -> bool:
    """Does this installation play recordings instead of asking devices?"""
    return bool(settings.REPLAY)
