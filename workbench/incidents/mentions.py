"""Who is meant by `@riley` in a text?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

from workbench.incidents import roles

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from workbench.incidents.models import Incident

MOST = 20  # people in one text
# as Django's names of users; not the part of a mail address behind its @
_MENTION = re.compile(r"(?<![\w.+@-])@([\w.+-]{1,150})", re.ASCII)


def named(text: str, incident: Incident, but: User | None = None) -> list[str]:
    """The names of the people whom a text mentions and who may see the incident, in order, each
    once, without its author."""
    written = list(dict.fromkeys(name.rstrip(".-") for name in _MENTION.findall(text)))[:MOST]
    people = get_user_model().objects.filter(username__in=written, is_active=True)
    seeing = {user.get_username() for user in people if user != but and _may(user, incident)}
    return [name for name in written if name in seeing]


def _may(user: User, incident: Incident) -> bool:
    return roles.may_view(user, incident)
