"""Chat and mail through Apprise: one URL for each of its hundred services."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

from workbench.integrations.sending.reachable import MayNotReach, check
from workbench.integrations.sending.webhook import NotSent

OF_THIS_MACHINE = {"dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"}
PEERS = ("socket.connect", "socket.sendto")
PROGRAMS = ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec")
_watched = threading.local()


def check_apprise(url: str) -> None:
    """Raises MayNotReach for what is no URL of a service that can be reached over the network."""
    _service(url)


def tell(url: str, title: str, text: str) -> None:
    """Send one message. Raises MayNotReach, NotSent."""
    service = _service(url)
    with _public_only():
        took = service.notify(body=text, title=title)
    if not took:
        refusal = getattr(_watched, "refusal", None)
        raise refusal or NotSent("the service did not take it")


def _service(url: str) -> Any:
    with warnings.catch_warnings():  # it imports what Python is about to drop
        warnings.simplefilter("ignore", DeprecationWarning)
        from apprise import Apprise, AppriseAsset, PersistentStoreMode

        asset = AppriseAsset(
            http_redirects=False, storage_mode=PersistentStoreMode.MEMORY, plugin_paths=[]
        )
        service = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        raise MayNotReach("Apprise knows no such service, or the URL lacks something")
    if _schema(url) in OF_THIS_MACHINE:
        raise MayNotReach("this service is of this machine, not of the network")
    return service


def _schema(url: str) -> str:
    return url.partition("://")[0].strip().lower()


@contextmanager
def _public_only() -> Iterator[None]:
    """Within it, this thread connects to nothing but what may be reached, whoever opens the
    socket and whatever its name resolves to by then, and starts no program."""
    _install()
    _watched.refusal, _watched.on = None, True
    try:
        yield
    finally:
        _watched.on = False


def _install() -> None:
    with _installing:
        if not _installed:
            sys.addaudithook(_before_connecting)  # stays for the life of the process
            _installed.append(True)


_installing = threading.Lock()
_installed: list[bool] = []


def _before_connecting(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in (*PEERS, *PROGRAMS) or not getattr(_watched, "on", False):
        return
    try:
        _check_peer(arguments[1] if event in PEERS else None)
    except MayNotReach as error:
        _watched.refusal = error
        raise OSError("this address may not be reached") from None


def _check_peer(peer: Any) -> None:
    if not isinstance(peer, tuple):
        raise MayNotReach("this service is of this machine, not of the network")
    check(ip_address(str(peer[0]).partition("%")[0]))
