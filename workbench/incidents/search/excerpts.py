"""Which line of each incident has what somebody looked for, and where in it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.incidents.models import Event, Incident
from workbench.incidents.models.search import SEQ_BITS
from workbench.incidents.search import engines
from workbench.incidents.search.asked import Asked
from workbench.incidents.search.facts import counting, texts
from workbench.incidents.search.find import MOST_WORDS
from workbench.incidents.search.found_text import Phrase, Piece, excerpt, spans
from workbench.incidents.search.words import words


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of an incident's timeline that has what was looked for."""

    seq: int
    kind: str
    who: str
    pieces: tuple[Piece, ...]


def phrases(asked: Asked) -> tuple[Phrase, ...]:
    """The words that somebody looks for."""
    found = ((tuple(words(text)[:MOST_WORDS]), quoted) for text, quoted in asked.texts)
    return tuple(Phrase(said, begun=not quoted) for said, quoted in found if said)


def excerpts(incidents: Iterable[Incident], asked: Asked) -> dict[int, Excerpt]:
    """For each incident on one page of a list: the first line that has words which its title does
    not show. The incidents are those that the person may see."""
    wanted = phrases(asked)
    lacking = {row.pk: _lacking(row.title, wanted) for row in incidents}
    keys: dict[int, int] = {}
    for phrase in wanted:
        here = [pk for pk, lacks in lacking.items() if lacks and lacks[0] == phrase]
        keys |= engines.first_texts(list(phrase.words), phrase.begun, here)
    return {
        event.incident_id: found
        for event in _events(keys)
        if (found := _excerpt(event, lacking[event.incident_id]))
    }


def _lacking(title: str, wanted: Sequence[Phrase]) -> tuple[Phrase, ...]:
    return tuple(phrase for phrase in wanted if not spans(title, phrase))


def _events(keys: dict[int, int]) -> list[Event]:
    """The events behind keys of texts: incident to key."""
    below = (1 << SEQ_BITS) - 1
    seqs = {key & below for key in keys.values()}
    rows = Event.objects.filter(incident__in=keys, seq__in=seqs).defer("client_id")
    return [
        row for row in rows.order_by("incident", "seq") if keys[row.incident_id] & below == row.seq
    ]


def _excerpt(event: Event, wanted: Sequence[Phrase]) -> Excerpt | None:
    said = list(texts(counting(event.kind, event.payload)))
    shown = (excerpt(text, wanted) for text in (*said, " ".join(said)))
    pieces = next((found for found in shown if found), ())
    return Excerpt(event.seq, event.kind, event.actor_name, pieces) if pieces else None
