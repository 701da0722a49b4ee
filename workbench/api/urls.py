"""The addresses of the JSON interface."""

from django.urls import path, re_path

from workbench.api import metrics, views
from workbench.web.views import exports

app_name = "api"
INCIDENT = "incidents/<int:incident_id>"
RUN = f"{INCIDENT}/runs/<int:number>"

urlpatterns = [
    path("incidents", views.incidents, name="incidents"),
    path(INCIDENT, views.incident, name="incident"),
    path(f"{INCIDENT}/state", views.state, name="state"),
    path(f"{INCIDENT}/events", views.events, name="events"),
    path(f"{INCIDENT}/notes", views.notes, name="notes"),
    path(f"{INCIDENT}/change-state", views.change_state, name="change-state"),
    path(f"{INCIDENT}/choose-runs", views.choose_runs, name="choose-runs"),
    path(f"{INCIDENT}/pasted", views.pasted, name="pasted"),
    path(f"{INCIDENT}/pasted/<int:number>/withdraw", views.withdraw, name="withdraw"),
    path("incidents/<int:pk>/postmortem.<str:form>", exports.postmortem, name="postmortem"),
    path(f"{INCIDENT}/runs", views.runs, name="runs"),
    path(RUN, views.run, name="run"),
    path(f"{RUN}/cancel", views.cancel, name="cancel"),
    path(f"{RUN}/verdict", views.verdict, name="verdict"),
    path(f"{RUN}/picture", views.picture, name="picture"),
    path(f"{RUN}/figure", views.figure, name="figure"),
    path(f"{RUN}/compare/<int:other>", views.compare, name="compare"),
    path(f"{RUN}/evidence", views.evidence, name="evidence"),
    re_path(
        r"^incidents/(?P<incident_id>\d{1,18})/runs/(?P<number>\d{1,9})/evidence/(?P<evidence_id>[^/]{1,60})"
        r"/(?P<stream>stdout|stderr)$",
        views.raw,
        name="raw",
    ),
    path("commands", views.commands, name="commands"),
    path("metrics", metrics.metrics, name="metrics"),
    path("inventory", views.inventory, name="inventory"),
]
