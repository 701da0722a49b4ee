"""Images that people put into notes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from workbench.incidents import pictures
from workbench.incidents.actions.common import ActionRefused, needs_respond
from workbench.incidents.models import Image, Incident

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 200  # images of one incident


def add_image(by: User, incident: Incident, raw: bytes) -> Image:
    """Keep an image for a note, which shows it as `![words](image:3)`. The same bytes are kept
    once. Raises ActionRefused for what is no image."""
    needs_respond(by, incident)
    try:
        image = pictures.cleaned(raw)
    except pictures.NotAnImage as error:
        raise ActionRefused(str(error)) from None
    digest = hashlib.sha256(image.data).hexdigest()
    with transaction.atomic():
        Incident.objects.select_for_update().get(pk=incident.pk)
        kept = Image.objects.filter(incident=incident, digest=digest, redaction=None).first()
        return kept or _keep(by, incident, image, digest)


def _keep(by: User, incident: Incident, image: pictures.CleanImage, digest: str) -> Image:
    last = Image.objects.filter(incident=incident).aggregate(last=Max("number"))["last"] or 0
    if last >= MOST:
        raise ActionRefused(f"an incident holds {MOST} images")
    return Image.objects.create(
        incident=incident,
        number=last + 1,
        content_type=image.content_type,
        width=image.width,
        height=image.height,
        size=len(image.data),
        digest=digest,
        data=image.data,
        added_by=by,
        added_at=timezone.now(),
    )
