"""Taking an incident along to another installation, and taking one in."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from workbench.incidents import roles, timeline
from workbench.incidents.actions import ActionRefused, note_export
from workbench.incidents.models import Event, Incident, Run
from workbench.integrations.bundle.reading import OpenBundle
from workbench.integrations.bundle.refusal import BadBundle
from workbench.integrations.bundle.restoring import restore
from workbench.integrations.bundle.writing import Taken, write_bundle

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAY_IMPORT = "incidents.import_incident"
CHUNK = 1 << 20


def may_import(user: roles.Person) -> bool:
    """May they take in incidents of other installations?"""
    return user.is_active and user.has_perm(MAY_IMPORT)


def export_bundle(by: User | None, incident: Incident) -> IO[bytes]:
    """The whole incident as a file for another installation (None = the command line). Raises
    ActionRefused while a run is under way: what it has found by then is half an answer."""
    if by is not None and not (roles.may_view(by, incident) and by.has_perm(roles.AUDIT)):
        raise roles.NotAllowed("this needs the right to see the incident and what was sent")
    with transaction.atomic():
        # nothing is added while it is written
        held = Incident.objects.select_for_update().get(pk=incident.pk)
        if Run.objects.filter(incident=held, state__in=Run.ACTIVE).exists():
            raise ActionRefused("a run is under way; take the incident along when it has ended")
        who = by.get_username() if by else ""
        bundle = write_bundle(held, Taken(who, timezone.now()))
        note_export(by, held, "bundle")
    return bundle


def import_bundle(by: User | None, raw: IO[bytes]) -> Incident:
    """Take in an incident that another installation exported (None = the command line); it is only
    read here. One that was restricted is seen by whoever imports it, until they are an administrator
    who invites others. Raises ActionRefused; nothing is written then."""
    if by is not None and not may_import(by):
        raise roles.NotAllowed("this needs the right to import incidents")
    try:
        with OpenBundle(raw) as bundle:
            bundle.check()
            return _restored(by, bundle, _digest(raw))
    except BadBundle as error:
        raise ActionRefused(f"Nothing was imported: {error}") from None
    except (IntegrityError, DataError):
        said = "Nothing was imported: two rows of the bundle exclude each other"
        raise ActionRefused(said) from None


@transaction.atomic
def _restored(by: User | None, bundle: OpenBundle, digest: str) -> Incident:
    incident = restore(bundle)
    if by is not None:
        incident.invited.add(by)
    manifest = bundle.manifest
    payload = {
        "origin": incident.origin,
        "exported_at": manifest.exported_at,
        "exported_by": manifest.exported_by,
        "sha256": digest,
    }
    timeline.append(incident.pk, Event.Kind.IMPORTED, payload, by=by)
    incident.refresh_from_db()
    return incident


def _digest(raw: IO[bytes]) -> str:
    """The SHA-256 of the file as it came."""
    raw.seek(0)
    digest = hashlib.sha256()
    while chunk := raw.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
