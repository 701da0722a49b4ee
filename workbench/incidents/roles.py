"""Who may do what: viewers read, responders act, administrators also keep inventory and users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    from workbench.incidents.models import Incident

    Person = User | AnonymousUser

VIEW = "incidents.view_incident"
RESPOND = "incidents.respond"
AUDIT = "incidents.view_commandrecord"
ACCEPT_KEY = "inventory.accept_hostkey"

RECORD = tuple(f"incidents.view_{model}" for model in ("event", "run", "evidencerow"))
VIEWER = (VIEW, *RECORD, AUDIT, "inventory.view_device")
RESPONDER = (*VIEWER, RESPOND, ACCEPT_KEY)
INVENTORY_ADMIN = tuple(
    f"inventory.{verb}_{model}"
    for model in ("device", "credential", "stategroup", "hostkey")
    for verb in ("view", "add", "change", "delete")
)
ROLES = {
    "viewer": VIEWER,
    "responder": RESPONDER,
    "inventory admin": (*INVENTORY_ADMIN, ACCEPT_KEY),
}


class NotAllowed(Exception):
    """The person lacks the right; the message says which in words for the page."""


def may_view(user: Person, incident: Incident) -> bool:
    """May they see this incident? Everybody who may view, unless it is closed to all but those
    invited."""
    if not user.is_active or not user.has_perm(VIEW):
        return False
    return (
        not incident.restricted or user.is_superuser or incident.invited.filter(pk=user.pk).exists()
    )


def may_respond(user: Person, incident: Incident | None = None) -> bool:
    """May they start runs, write notes and change the state here?"""
    return user.has_perm(RESPOND) and (incident is None or may_view(user, incident))


def is_administrator(user: Person, incident: Incident) -> bool:
    """May they correct what others wrote here, and redact? Staff who may act in it."""
    return user.is_staff and may_respond(user, incident)


def make_roles(**kwargs: Any) -> None:
    """Create the groups with their permissions; rights that an administrator added stay."""
    from django.apps import apps
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission

    for label in ("incidents", "inventory"):  # the other app's permissions may not be there yet
        create_permissions(apps.get_app_config(label), verbosity=0)
    for name, rights in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        for right in rights:
            label, codename = right.split(".")
            group.permissions.add(
                Permission.objects.get(content_type__app_label=label, codename=codename)
            )
