"""The first login."""

from __future__ import annotations

import os
import secrets

from django.contrib.auth import get_user_model

FIRST = "admin"


def first_login(*, anew: bool) -> str | None:
    """The password of the first administrator, when one was made just now (or `anew` asks for a new
    one)."""
    people = get_user_model().objects
    user = people.filter(username=FIRST).first()
    if (user or people.filter(is_superuser=True).exists()) and not anew:
        return None
    password = os.environ.get("BOTHWAYS_PASSWORD") or secrets.token_urlsafe(9)
    if user is None:
        people.create_superuser(username=FIRST, password=password)
    else:
        user.set_password(password)
        user.save(update_fields=["password"])
    return password
