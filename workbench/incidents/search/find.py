"""Which incidents does somebody look for? Only what this person may see is looked at, so that also
how many there are says nothing about others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from workbench.incidents import queries
from workbench.incidents.models import (
    AddressMention,
    DeviceMention,
    FoundCause,
    Incident,
    PersonMention,
)
from workbench.incidents.search import engines
from workbench.incidents.search.asked import NO_SEVERITY, Asked, Network
from workbench.incidents.search.words import packed, words

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    Person = User | AnonymousUser

MOST_WORDS = 8  # of one phrase
SORTS: dict[str, tuple[str, ...]] = {
    "newest": ("-opened_at", "-pk"),
    "oldest": ("opened_at", "pk"),
    "state": ("how_far", "-opened_at", "-pk"),
    "severity": ("how_bad", "-opened_at", "-pk"),
    "title": ("title", "-opened_at", "-pk"),
}
STATES = tuple(When(state=state, then=Value(n)) for n, state in enumerate(Incident.State.values))
# what an order needs beside the columns; never null, as paging wants it
RANKS: dict[str, dict[str, Any]] = {
    "state": {"how_far": Case(*STATES, default=Value(len(STATES)))},
    "severity": {"how_bad": Coalesce("severity", Value(5))},
}


def in_order(rows: QuerySet[Incident], sort: str) -> tuple[QuerySet[Incident], tuple[str, ...]]:
    """The incidents with what an order of SORTS needs, and the columns to order them by."""
    return rows.annotate(**RANKS.get(sort, {})), SORTS[sort]


def find(user: Person, asked: Asked) -> QuerySet[Incident]:
    """The incidents that have all that is asked for, as far as this person may see them."""
    rows = _of_words(queries.incidents(user), asked)
    for device in asked.devices:
        named = DeviceMention.objects.filter(device=device).values("incident")
        rows = rows.filter(pk__in=named)
    for network in asked.networks:
        rows = rows.filter(pk__in=within(network).values("incident"))
    for causes in asked.causes:
        rows = rows.filter(pk__in=FoundCause.objects.filter(cause__in=causes).values("incident"))
    for name in asked.people:
        rows = rows.filter(pk__in=PersonMention.objects.filter(name=name).values("incident"))
    return _plain(rows, asked)


def _of_words(rows: QuerySet[Incident], asked: Asked) -> QuerySet[Incident]:
    for text, quoted in asked.texts:
        phrase = words(text)[:MOST_WORDS]
        if not phrase:
            return rows.none()
        rows = rows.filter(pk__in=engines.incidents_with(phrase, begun=not quoted))
    return rows


def _plain(rows: QuerySet[Incident], asked: Asked) -> QuerySet[Incident]:
    if asked.states:
        rows = rows.filter(state__in=asked.states)
    if asked.severities:
        none = Q(severity=None) if NO_SEVERITY in asked.severities else Q()
        rows = rows.filter(Q(severity__in=asked.severities) | none)
    if asked.since:
        rows = rows.filter(opened_at__gte=asked.since)
    if asked.until:
        rows = rows.filter(opened_at__lte=asked.until)
    return rows


def within(network: Network) -> QuerySet[AddressMention]:
    """The addresses of a network that incidents have to do with."""
    first, last = packed(network.network_address), packed(network.broadcast_address)
    return AddressMention.objects.filter(address__gte=first, address__lte=last)
