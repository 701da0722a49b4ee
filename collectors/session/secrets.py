"""What a login proves itself with: private keys from files or text, certificates beside them."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from paramiko import ECDSAKey, Ed25519Key, PKey, RSAKey, SSHException
from paramiko.ssh_exception import PasswordRequiredException

from collectors.model.inventory import Login
from collectors.session.link import LoginFailed

LARGEST_KEY = 100_000


def private_key(login: Login) -> PKey | None:
    """The key of this login, or None when it names none (then the agent and the user's own keys are
    tried)."""
    try:
        if login.key_text:
            return _from_text(login.key_text, login.passphrase)
        if login.key:
            return _from_file(login.key, _stamp(login.key), login.passphrase)
        return None
    except PasswordRequiredException:
        raise LoginFailed(
            f"the key {login.key or 'text'} is encrypted and no passphrase is given"
        ) from None
    except OSError as error:
        raise LoginFailed(
            f"the key file {login.key} cannot be read: {error.strerror or error}"
        ) from None
    except (SSHException, ValueError, TypeError):
        raise LoginFailed(
            f"the key {login.key or 'text'} is not a private key that can be used"
        ) from None


def _stamp(path: str) -> int:
    return Path(path).expanduser().stat().st_mtime_ns


@lru_cache(maxsize=64)
def _from_file(path: str, stamp: int, passphrase: str | None) -> PKey:
    file = Path(path).expanduser()
    key = _from_text(_content(file), passphrase)
    certificate = file.with_name(file.name + "-cert.pub")
    if certificate.exists():
        key.load_certificate(str(certificate))
    return key


def _content(file: Path) -> str:
    """The text of an ordinary, small file: a path may come from a web form and name a device or a
    pipe."""
    if not file.is_file():
        raise ValueError(f"{file} is not a file")
    with file.open("rb") as handle:
        return handle.read(LARGEST_KEY).decode()


def _from_text(text: str, passphrase: str | None) -> PKey:
    last: Exception | None = None
    for kind in (Ed25519Key, ECDSAKey, RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text.strip() + "\n"), password=passphrase)
        except PasswordRequiredException:
            raise
        except (SSHException, ValueError, IndexError) as error:
            last = error
    raise SSHException("no key type fits") from last
