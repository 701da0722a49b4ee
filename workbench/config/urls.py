"""Where everything is."""

from typing import Any, cast

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from workbench.api.urls import addresses
from workbench.config.health import health
from workbench.incidents.live.consumers import IncidentConsumer

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("admin/", admin.site.urls),
    path("api/", addresses),
    path("", include("workbench.web.urls")),
]
sockets: list[Any] = [
    path("ws/incidents/<int:incident_id>/", cast(Any, IncidentConsumer.as_asgi()))
]
