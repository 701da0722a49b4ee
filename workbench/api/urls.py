"""The addresses of the JSON interface."""

from ninja import Router

from workbench.api import errors
from workbench.api.interface import Interface, JsonOrForm, LoggedIn, strict
from workbench.api.views import (
    bundles,
    changes,
    checklist,
    corrections,
    evidence,
    flows,
    head,
    hooks,
    incidents,
    library,
    notes,
    postmortem,
    runs,
    saved_views,
    sharing,
)

ROUTERS: tuple[Router, ...] = (
    bundles.router,
    incidents.router,
    head.router,
    notes.router,
    corrections.router,
    flows.router,
    runs.router,
    evidence.router,
    checklist.router,
    library.router,
    postmortem.router,
    changes.router,
    saved_views.router,
    hooks.router,
    sharing.router,
)

api = Interface(
    title="Bothways",
    version="1",
    description="Incidents of failing network flows, what devices said about them, and verdicts.",
    openapi_url="openapi.json",
    docs_url=None,
    urls_namespace="api",
    parser=JsonOrForm(),
)
errors.install(api)
for router in ROUTERS:
    router.add_decorator(strict, mode="view")
    api.add_router("", router, auth=LoggedIn())
addresses = api.guarded_urls
