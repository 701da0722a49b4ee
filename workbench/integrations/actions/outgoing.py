"""Queues news for those who want it, and sends it again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from workbench.incidents import roles
from workbench.incidents.models import Event
from workbench.integrations import tasks
from workbench.integrations.models import Delivery, Target
from workbench.integrations.sending.news import news_in

if TYPE_CHECKING:
    from django.contrib.auth.models import User

RESEND = "integrations.change_delivery"


def queue_news(event: Event) -> list[Delivery]:
    """Queue the news in an event for every target that wants it, in the event's transaction.
    Nothing is told of a restricted incident, not even that there is one."""
    news = news_in(event)
    if news is None or event.incident.restricted:
        return []
    wanted = [one for one in Target.objects.filter(active=True) if news in one.news]
    now = timezone.now()
    made = [
        Delivery.objects.create(
            target=target,
            incident=event.incident,
            event=event,
            news=news,
            made_at=now,
            due_at=now,
        )
        for target in wanted
    ]
    for delivery in made:
        transaction.on_commit(partial(tasks.enqueue, delivery.pk))
    return made


def send_again(by: User, delivery: Delivery) -> bool:
    """Send a piece of news again that came to its end. False: it waits already."""
    if not by.has_perm(RESEND):
        raise roles.NotAllowed("this needs the right to change deliveries")
    ended = Delivery.objects.filter(pk=delivery.pk).exclude(state=Delivery.State.WAITING)
    columns = {"state": Delivery.State.WAITING, "tries": 0, "ended_at": None}
    with transaction.atomic():
        if not ended.update(due_at=timezone.now(), problem="", status=None, **columns):
            return False
        transaction.on_commit(partial(tasks.enqueue, delivery.pk))
    return True
