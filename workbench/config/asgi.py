"""The web's entry point: `uvicorn workbench.config.asgi:application`."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.config.settings")

import django
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

django.setup()  # loads the apps, which what follows needs

from workbench.config.pages import Pages  # noqa: E402
from workbench.config.urls import sockets  # noqa: E402
from workbench.incidents.worker.sweep import Sweeper  # noqa: E402


async def lifespan(
    scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Sweep for as long as the web serves."""
    sweeper = Sweeper()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            sweeper.start()
        elif message["type"] == "lifespan.shutdown":
            sweeper.stop()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = ProtocolTypeRouter(
    {
        "http": Pages(),
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(sockets))),
        "lifespan": lifespan,
    }
)
