"""Taking out of the record for good what should never have been written there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from workbench.incidents import roles, timeline
from workbench.incidents.actions.common import ActionRefused, one_line
from workbench.incidents.models import Event, Incident, Redaction, Run
from workbench.incidents.redaction.outputs import remove_secret
from workbench.incidents.redaction.quotes import remove_quotes
from workbench.incidents.redaction.removed import SHORTEST_SECRET, Digest, Removed, removed
from workbench.incidents.redaction.targets import NoTarget, Target, target
from workbench.incidents.redaction.told import words_removed
from workbench.incidents.search import index
from workbench.incidents.storage import spool

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Event.Kind


def redact(by: User, incident: Incident, what: str, why: str, *, secret: str = "") -> Redaction:
    """Remove the bytes of `n12` (a note with its corrections), `image 3`, `p2` (a paste) or
    `run 1 e7` (an answer), and everything that quotes them; who, when, why, digest and length stay.

    `secret`: the words that must not stand anywhere in this incident. Raises NotAllowed for
    everybody but administrators, and ActionRefused.
    """
    if not roles.is_administrator(by, incident):
        raise roles.NotAllowed("this needs an administrator")
    secret, why = secret.strip(), one_line(why)
    _check(secret, why)
    with transaction.atomic():
        row = Incident.objects.select_for_update().get(pk=incident.pk)
        _no_run_is_active(row)
        meant = _meant(row, " ".join(what.split()))
        redaction = _keep(by, row, meant.name, why, meant.digest)
        _remove(redaction, meant, secret)
        payload = {"redaction": redaction.number, "what": redaction.what, "why": why}
        payload |= {"sha256": redaction.digest, "size": redaction.size}
        timeline.append(row.pk, Kind.REDACTED, payload, by=by)
        index.again(row.pk)
    incident.refresh_from_db()
    return redaction


def _meant(incident: Incident, what: str) -> Target:
    try:
        return target(incident, what)
    except NoTarget as error:
        raise ActionRefused(str(error)) from None


def _check(secret: str, why: str) -> None:
    if not why:
        raise ActionRefused("say why: it stands in the place of what is redacted")
    if secret and len(secret) < SHORTEST_SECRET:
        raise ActionRefused(f"words to look for have at least {SHORTEST_SECRET} characters")
    if secret and secret in why:
        raise ActionRefused("the reason stays: leave the secret out of it")


def _no_run_is_active(incident: Incident) -> None:
    """A worker holds answers in memory, and writes its findings again."""
    runs = Run.objects.filter(incident=incident)
    if runs.filter(state__in=Run.ACTIVE).exists():
        raise ActionRefused("a run is under way: stop it or wait for its end, then redact")
    if any(spool.waiting(pk) for pk in runs.values_list("pk", flat=True)):
        raise ActionRefused("answers of a run wait in a file for the database; try again soon")


def _keep(by: User, incident: Incident, what: str, why: str, left: Digest) -> Redaction:
    rows = Redaction.objects.filter(incident=incident)
    return Redaction.objects.create(
        incident=incident,
        number=(rows.aggregate(last=Max("number"))["last"] or 0) + 1,
        what=what,
        why=why,
        digest=left.sha256,
        size=left.size,
        by=by,
        by_name=by.get_username(),
        at=timezone.now(),
    )


def _remove(redaction: Redaction, meant: Target, secret: str) -> None:
    mark = f"[redacted r{redaction.number}]"
    gone = removed(meant.texts, secret, mark, meant.lines)
    meant.remove(redaction, gone)
    remove_quotes(redaction, gone)
    if secret:
        remove_secret(redaction, gone)
    everything = Removed((*gone.words, *filter(None, meant.texts)), mark)
    words_removed.send(Redaction, redaction=redaction, removed=everything)
