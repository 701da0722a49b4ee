"""The web's entry point: `uvicorn workbench.config.asgi:application`."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.config.settings")
pages = get_asgi_application()

application = ProtocolTypeRouter({"http": pages})
