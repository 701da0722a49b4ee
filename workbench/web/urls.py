"""The addresses of the pages."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from workbench.web.views import (
    evidence,
    exports,
    figures,
    incident,
    incidents,
    library,
    postmortem,
    session,
    uploads,
)

RUN = "incidents/<int:pk>/runs/<int:run_number>"
urlpatterns = [
    path("", incidents.index, name="incidents"),
    path("login", LoginView.as_view(template_name="web/login.html"), name="login"),
    path("session", session.session, name="session"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("incidents/new", incidents.new, name="new"),
    path("incidents/recognise", incidents.recognise, name="recognise"),
    path("incidents/open", incidents.open_incident, name="open"),
    path("incidents/<int:pk>", incident.page, name="incident"),
    path("incidents/<int:pk>/feed", incident.feed, name="feed"),
    path("incidents/<int:pk>/figures/<str:which>", figures.figure, name="figure"),
    path("incidents/<int:pk>/runs", incident.start, name="start"),
    path("incidents/<int:pk>/notes", incident.note, name="note"),
    path("incidents/<int:pk>/state", incident.state, name="state"),
    path("incidents/<int:pk>/state/undo", incident.undo_state, name="undo-state"),
    path("incidents/<int:pk>/choose", incident.choose, name="choose-run"),
    path("incidents/<int:pk>/invite", incident.invite, name="invite"),
    path("incidents/<int:pk>/compare", incident.compare, name="compare"),
    path("incidents/<int:pk>/postmortem", postmortem.page, name="postmortem-page"),
    path("incidents/<int:pk>/postmortem/feed", postmortem.feed, name="postmortem-feed"),
    path("incidents/<int:pk>/postmortem/review", postmortem.review, name="review"),
    path(
        "incidents/<int:pk>/postmortem/<slug:section>/versions",
        postmortem.history,
        name="section-versions",
    ),
    path("incidents/<int:pk>/postmortem/print", exports.print_page, name="postmortem-print"),
    path("incidents/<int:pk>/postmortem/<slug:section>", postmortem.write, name="section"),
    path("incidents/<int:pk>/postmortem.<str:form>", exports.postmortem, name="postmortem"),
    path("incidents/<int:pk>/paste", uploads.paste, name="paste"),
    path("incidents/<int:pk>/paste/<int:paste_number>/withdraw", uploads.withdraw, name="withdraw"),
    path("incidents/<int:pk>/key", uploads.accept_key, name="accept-offered-key"),
    path(f"{RUN}/playbook", uploads.run_playbook, name="run-playbook"),
    path(f"{RUN}/cancel", incident.cancel, name="cancel"),
    path(f"{RUN}/hop", evidence.hop, name="hop"),
    path(f"{RUN}/reason", evidence.reason, name="reason"),
    path(f"{RUN}/evidence/<str:evidence_id>", evidence.answer, name="answer"),
    path(f"{RUN}/evidence/<str:evidence_id>/raw", evidence.raw, name="raw"),
    path("commands", library.commands, name="commands"),
    path("commands/<int:record_id>", library.command, name="command"),
    path("devices", library.devices, name="devices"),
    path("devices/import", library.import_devices, name="import-devices"),
    path("devices/<int:device_id>/key", library.accept_key, name="accept-key"),
    path("devices/keys/<int:key_id>/revoke", library.revoke_key, name="revoke-key"),
    path("playbook", library.playbook, name="playbook"),
]
