"""The kinds of devices that can be asked. A platform is listed here or it does not exist."""

from __future__ import annotations

from collectors.model.platform import Platform
from collectors.platforms.bsd import BSD
from collectors.platforms.frr import FRR
from collectors.platforms.linux import LINUX
from collectors.platforms.windows import WINDOWS

PLATFORMS: tuple[Platform, ...] = (LINUX, FRR, BSD, WINDOWS)


def platform_named(name: str) -> Platform | None:
    """Which platform has this name? None when there is no such platform."""
    return next((platform for platform in PLATFORMS if platform.name == name), None)
