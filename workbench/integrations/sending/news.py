"""What a piece of news says: the same for webhooks (JSON) and for chat and mail (words)."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import reverse

from workbench.incidents.models import Event, Incident
from workbench.integrations.models import Delivery, News
from workbench.report import words

Kind = Event.Kind
MENTION = re.compile(r"(?<![\w@.])@([\w.+-]{1,150})")
LONGEST = 500  # characters of a note
JUDGED = ("root_cause", "verdict", "guilty_node", "direction", "confidence", "summary")


def news_in(event: Event) -> News | None:
    """Which news is in an event? None = none."""
    payload = event.payload
    if event.kind == Kind.OPENED:
        return News.OPENED
    if event.kind == Kind.JUDGED and payload.get("final"):
        return News.VERDICT
    if event.kind == Kind.STATE_CHANGED and "to" in payload:
        return News.STATE
    if event.kind == Kind.NOTE and _somebody(mentions(payload)):
        return News.MENTION
    if event.kind == Kind.CORRECTED and _somebody(list(payload.get("mentions_added", ()))):
        return News.MENTION
    return None


def _somebody(names: list[str]) -> bool:
    if not names:
        return False
    return get_user_model().objects.filter(username__in=names, is_active=True).exists()


def mentions(payload: dict[str, Any]) -> list[str]:
    """The names that a note mentions, whether or not they are somebody's."""
    found = MENTION.findall(str(payload.get("text", ""))[:20_000])
    return list(dict.fromkeys(name.rstrip(".") for name in found))[:20]


def body(delivery: Delivery) -> dict[str, Any]:
    """One piece of news as JSON; docs/integrations.md describes it."""
    event, incident = delivery.event, delivery.incident
    return {
        "id": str(delivery.key),
        "news": delivery.news,
        "at": (event.happened_at or event.at).isoformat(),
        "by": event.actor_name,
        "incident": _incident(incident),
        "event": event.seq,
        **_told(delivery),
    }


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.pk,
        "title": incident.title,
        "flow": str(incident.flow),
        "state": incident.state,
        "url": link(incident),
    }


def link(incident: Incident) -> str:
    """The address of the page, where it is known how browsers reach it."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("incident", args=[incident.pk])


def _told(delivery: Delivery) -> dict[str, Any]:
    payload = delivery.event.payload
    if delivery.news == News.VERDICT:
        return {"verdict": {name: payload.get(name) for name in JUDGED} | {"run": payload["run"]}}
    if delivery.news == News.STATE:
        return {"state": {name: payload.get(name, "") for name in ("from", "to", "why")}}
    if delivery.news == News.MENTION:
        text = str(payload.get("text", ""))[:LONGEST]
        names = payload.get("mentions_added") or mentions(payload)
        return {"mention": {"names": names, "text": text}}
    return {}


def in_words(delivery: Delivery) -> tuple[str, str]:
    """A title and a text for chat and mail."""
    incident = delivery.incident
    said = _sentence(delivery)
    return f"#{incident.pk} {incident.title}"[:200], f"{said}\n{incident.flow}\n{link(incident)}"


def _sentence(delivery: Delivery) -> str:
    event = delivery.event
    payload, who = event.payload, event.actor_name or "Bothways"
    if delivery.news == News.VERDICT:
        return (
            f"Verdict of run {payload['run']}: {words.short_title(payload)}. {payload['summary']}"
        )
    if delivery.news == News.STATE:
        why = f": {payload['why']}" if payload.get("why") else ""
        return f"{who} changed the state from {payload['from']} to {payload['to']}{why}"
    if delivery.news == News.MENTION:
        return f"{who} wrote: {str(payload.get('text', ''))[:LONGEST]}"
    return f"{who} opened this incident"
