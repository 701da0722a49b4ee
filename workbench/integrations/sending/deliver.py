"""Sends what waits, again and again with growing pauses, and gives up after some tries."""

from __future__ import annotations

import json
import logging
import time
from datetime import timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from workbench.integrations.models import Delivery, Target
from workbench.integrations.sending import chat, news
from workbench.integrations.sending.reachable import MayNotReach
from workbench.integrations.sending.signature import signed
from workbench.integrations.sending.webhook import NotSent, post
from workbench.inventory.vault import Sealed

PAUSES = (10, 60, 300, 1800, 7200)  # seconds before the second, third ... try
LOST = timedelta(minutes=2)  # after which a try that did not end is made again
MOST_AT_ONCE = 100
State = Delivery.State
log = logging.getLogger(__name__)


def due(limit: int = MOST_AT_ONCE) -> list[int]:
    """The deliveries whose time has come."""
    waiting = Delivery.objects.filter(state=State.WAITING, due_at__lte=timezone.now())
    return list(waiting.order_by("due_at").values_list("pk", flat=True)[:limit])


def deliver(delivery_id: int) -> None:
    """Make one try; does nothing when it is not due or another worker makes it."""
    now = timezone.now()
    mine = Delivery.objects.filter(pk=delivery_id, state=State.WAITING, due_at__lte=now)
    if not mine.update(due_at=now + LOST, tries=F("tries") + 1):
        return
    delivery = Delivery.objects.select_related("target", "incident", "event").get(pk=delivery_id)
    if delivery.incident.restricted or not delivery.target.active:
        _end(delivery, State.WITHHELD, "restricted, or switched off")
        return
    if "redacted" in delivery.event.payload:
        _end(delivery, State.WITHHELD, "what it told of was redacted")
        return
    _try(delivery)


def _try(delivery: Delivery) -> None:
    try:
        status = _send(delivery)
    except MayNotReach as error:
        _end(delivery, State.FAILED, str(error))
    except (NotSent, Sealed) as error:
        _again(delivery, str(error))
    except Exception as error:  # of a service's own code; its words could hold the URL
        _again(delivery, type(error).__name__)
    else:
        if 200 <= status < 300:
            _end(delivery, State.SENT, "", status)
        elif status == 429 or status >= 500:
            _again(delivery, f"the answer was {status}", status)
        else:  # asked again, it would say the same
            _end(delivery, State.FAILED, f"the answer was {status}", status)


def _send(delivery: Delivery) -> int:
    target = delivery.target
    if target.kind == Target.Kind.APPRISE:
        chat.tell(target.reveal("address"), *news.in_words(delivery))
        return 200
    body = json.dumps(news.body(delivery)).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Bothways",
        "Bothways-Delivery": str(delivery.key),
        "Bothways-News": delivery.news,
        **signed(target.reveal("secret"), int(time.time()), body),
    }
    return post(target.reveal("address"), body, headers)


def _again(delivery: Delivery, problem: str, status: int | None = None) -> None:
    if delivery.tries > len(PAUSES):
        _end(delivery, State.FAILED, f"{problem}; given up after {delivery.tries} tries", status)
        return
    pause = timedelta(seconds=PAUSES[delivery.tries - 1])
    _mine(delivery).update(due_at=timezone.now() + pause, problem=problem[:300], status=status)


def _end(delivery: Delivery, state: str, problem: str, status: int | None = None) -> None:
    columns: dict[str, Any] = {"state": state, "problem": problem[:300], "status": status}
    _mine(delivery).update(ended_at=timezone.now(), **columns)
    if state == State.FAILED:
        log.warning("news for %s was not taken: %s", delivery.target.name, problem)


def _mine(delivery: Delivery) -> QuerySet[Delivery]:
    """The row, as long as nobody else has taken this try over."""
    rows = Delivery.objects.filter(pk=delivery.pk, state=State.WAITING, tries=delivery.tries)
    return rows
