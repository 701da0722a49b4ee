"""The kinds of devices that can be asked. A platform is listed here or it does not exist."""

from __future__ import annotations

from collectors.model.pasted import PastedForms
from collectors.model.platform import Platform
from collectors.platforms.bsd import BSD
from collectors.platforms.frr import FRR
from collectors.platforms.linux import LINUX
from collectors.platforms.unread import UNREAD
from collectors.platforms.windows import WINDOWS

# the first is what a device is taken for where nobody says what it is
PLATFORMS: tuple[Platform, ...] = (LINUX, FRR, BSD, WINDOWS)


def platform_named(name: str) -> Platform | None:
    """Which platform has this name? None when there is no such platform."""
    return next((platform for platform in PLATFORMS if platform.name == name), None)


def all_pasted() -> tuple[PastedForms, ...]:
    """How is pasted text recognised, of all platforms and of the systems that are not read yet?"""
    return (UNREAD, *(platform.pasted for platform in PLATFORMS))
