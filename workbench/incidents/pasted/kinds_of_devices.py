"""Which kind of device is it, by what was pasted of it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from collectors import platforms
from collectors.model.evidence import Evidence
from collectors.paste.recognise import recognise_output
from collectors.platforms import platform_named

_MOST = 40  # outputs of one device that are looked at
_LOOKED_AT = 200_000  # bytes of each


def kinds(pasted: Iterable[Evidence]) -> Mapping[str, str]:
    """The platform of each device whose outputs name one; those that fit several are left out."""
    seen: dict[str, list[Evidence]] = {}
    for item in pasted:
        seen.setdefault(item.device, []).append(item)
    found = {device: _kind(items[:_MOST]) for device, items in seen.items()}
    return {device: kind for device, kind in found.items() if kind is not None}


def _kind(items: Iterable[Evidence]) -> str | None:
    """Every system has some outputs in common with Linux, which is listed first: one that is
    another's own counts. Several others contradict each other."""
    own = {name for item in items if (name := _own(item.stdout)) is not None}
    if len(own) > 1:
        return ""
    return next(iter(own), None)


def _own(output: bytes) -> str | None:
    recognised = recognise_output(output[:_LOOKED_AT])
    platform = platform_named(recognised[1]) if recognised is not None else None
    if platform is None or platform.pasted.imitated or platform is platforms.PLATFORMS[0]:
        return None
    return platform.name
