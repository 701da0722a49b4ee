"""What is sent twice with one `Idempotency-Key` is done once: the second answer is the first one's.

The key is kept in the transaction of what was done, so that a crash leaves both or neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import RawPostDataException
from django.utils import timezone

from workbench.api import errors
from workbench.api.models import SentRequest
from workbench.incidents.redaction.removed import Removed

HEADER = "Idempotency-Key"
LONGEST = 200  # characters of a key
KEPT = timedelta(days=7)
Act = Callable[[], HttpResponseBase]


def once(request: HttpRequest, act: Act) -> HttpResponseBase:
    """The answer of `act`, or the one that this key had before."""
    key = request.headers.get(HEADER, "")
    if request.method != "POST" or not key:
        return act()
    if len(key) > LONGEST or not key.isprintable():
        return errors.problem(f"{HEADER}: at most {LONGEST} printable characters", 400)
    digest = _digest(request)
    if digest is None:
        return errors.problem(f"{HEADER} goes with a body in JSON, not with a file", 400)
    return _known(request, key, digest) or _first(request, key, digest, act)


def _digest(request: HttpRequest) -> str | None:
    """Of the address and the body; None for a form with files, which is not read as a whole."""
    if request.content_type == "multipart/form-data":
        return None
    try:
        body = request.body
    except RawPostDataException:
        return None
    return hashlib.sha256(request.get_full_path().encode() + b"\0" + body).hexdigest()


def _known(request: HttpRequest, key: str, digest: str) -> HttpResponse | None:
    """The answer to what was sent before; None = this key is new."""
    sent = SentRequest.objects.filter(**_sender(request), key=key).first()
    if sent is None:
        return None
    if sent.digest != digest:
        return errors.problem(f"this {HEADER} was sent with another request", 422)
    answer = HttpResponse(bytes(sent.answer), status=sent.status, content_type=sent.content_type)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _first(request: HttpRequest, key: str, digest: str, act: Act) -> HttpResponseBase:
    """Do it, and keep the answer; a refusal changed nothing and is not kept."""
    try:
        with transaction.atomic():
            _forget_old()
            sent = SentRequest.objects.create(**_sender(request), key=key, digest=digest)
            answer = act()
            if answer.status_code >= 400:
                transaction.set_rollback(True)
                return answer
            _keep(sent, answer)
            return answer
    except IntegrityError:
        again = _known(request, key, digest)  # somebody sent it at the same time
        if again is None:
            raise
        return again


def _sender(request: HttpRequest) -> dict[str, int | None]:
    token = getattr(request, "api_token", None)
    return {"person_id": request.user.pk, "token_number": token.pk if token else 0}


def _keep(sent: SentRequest, answer: HttpResponseBase) -> None:
    assert isinstance(answer, HttpResponse)
    sent.status, sent.answer = answer.status_code, answer.content
    sent.content_type = answer.headers.get("Content-Type", "")[:100]
    sent.save()


GONE = b'{"error": "what was answered then was redacted since"}'


def forget_words(sender: object, removed: Removed, **kwargs: Any) -> None:
    """Keep no answer that holds these words. Its key stays known, so that what was sent with it is
    not done a second time."""
    kept = SentRequest.objects.values_list("pk", "answer").iterator(100)
    gone = [pk for pk, answer in kept if removed.is_in(bytes(answer))]
    rows = SentRequest.objects.filter(pk__in=gone)
    rows.update(status=410, answer=GONE, content_type="application/json")


def _forget_old() -> None:
    SentRequest.objects.filter(made_at__lt=timezone.now() - KEPT).delete()
