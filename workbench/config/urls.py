"""Where everything is."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from workbench.config.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("admin/", admin.site.urls),
    path("api/", include("workbench.api.urls")),
    path("", include("workbench.web.urls")),
]
