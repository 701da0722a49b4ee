"""People who keep the inventory, and those who do not."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def keeper(db: None) -> Any:
    """An inventory administrator who may also enter the administration pages."""
    from django.contrib.auth.models import Group, User

    from workbench.incidents.roles import make_roles

    make_roles()
    user = User.objects.create_user("ida", is_staff=True)
    Group.objects.get(name="inventory admin").user_set.add(user)
    return user


@pytest.fixture
def viewer(db: None) -> Any:
    """Somebody who only looks."""
    from django.contrib.auth.models import Group, User

    from workbench.incidents.roles import make_roles

    make_roles()
    user = User.objects.create_user("vera")
    Group.objects.get(name="viewer").user_set.add(user)
    return user
