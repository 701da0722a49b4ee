"""What the worker does for integrations."""

from __future__ import annotations

import logging

from celery import shared_task

log = logging.getLogger(__name__)


@shared_task(name="bothways.deliver")
def deliver_news(delivery_id: int) -> None:
    """Try to send one piece of news."""
    from workbench.integrations.sending.deliver import deliver

    deliver(delivery_id)


def enqueue(delivery_id: int) -> None:
    """Tell a worker. If that fails the news waits, and the sweep tells again."""
    try:
        deliver_news.delay(delivery_id)
    except Exception as error:
        log.warning("news %s waits: no worker was notified (%s)", delivery_id, type(error).__name__)


def sweep_deliveries() -> None:
    """Tell a worker of everything whose time has come; told twice, it is sent once."""
    from workbench.integrations.sending.deliver import due

    for delivery_id in due():
        enqueue(delivery_id)
