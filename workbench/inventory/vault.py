"""Keeps secrets encrypted in the database; the keys are outside of it."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db.models import Model


class Sealed(Exception):
    """The secret cannot be opened: it was sealed with a key that this installation no longer
    has."""


def _fernet(key: str) -> Fernet:
    digest = hashlib.sha256(b"bothways credential\0" + key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def _box() -> MultiFernet:
    return MultiFernet([_fernet(key) for key in settings.CREDENTIAL_KEYS])


def seal(secret: str) -> str:
    """Encrypt with the newest key; nothing stays nothing."""
    return _box().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """Decrypt with whichever key fits. Raises Sealed."""
    try:
        return _box().decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        raise Sealed(
            "this secret was sealed with a key that is not among BOTHWAYS_CREDENTIAL_KEYS"
        ) from None


def reseal(sealed: str) -> str:
    """The same secret under the newest key. Raises Sealed."""
    try:
        return _box().rotate(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        raise Sealed(
            "this secret was sealed with a key that is not among BOTHWAYS_CREDENTIAL_KEYS"
        ) from None


def sealing_models() -> list[type[Model]]:
    """The models that keep secrets: those that name their columns in `SEALED`."""
    return [model for model in apps.get_models() if getattr(model, "SEALED", ())]
