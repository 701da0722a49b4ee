"""The inventory file (JSON or YAML): which devices are there, and how are they reached?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_interface
from pathlib import Path
from typing import Any

import yaml

from collectors.inventory.roles import role_of
from collectors.model.inventory import AddressWithPrefix, Device, Inventory, Login, Role

LARGEST_FILE = 4_000_000
MOST_DEVICES = 2_000
MOST_ADDRESSES = 1_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,99}")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:%-]{0,252}|[0-9A-Fa-f:]+(%[A-Za-z0-9_.-]+)?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}\$?")


class BadInventory(ValueError):
    """The file does not make an inventory; the message is one sentence that names the device."""


def read_inventory(path: str | Path) -> Inventory:
    """Which devices does this file declare? Key paths in it are relative to the file. Raises
    BadInventory."""
    file = Path(path).expanduser()
    try:
        with file.open("rb") as handle:
            raw = handle.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadInventory(f"cannot read the inventory {file}: {error.strerror or error}") from None
    if len(raw) > LARGEST_FILE:
        raise BadInventory(f"the inventory {file} is larger than {LARGEST_FILE // 1_000_000} MB")
    return parse_inventory(raw, file.absolute().parent)


def parse_inventory(text: bytes | str, base: Path | None = None) -> Inventory:
    """Which devices does this text declare? Raises BadInventory."""
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise BadInventory("the inventory is not UTF-8 text") from None
    if len(decoded) > LARGEST_FILE:
        raise BadInventory(f"the inventory is larger than {LARGEST_FILE // 1_000_000} MB")
    return from_dict(_load(decoded), base)


def from_dict(data: object, base: Path | None = None) -> Inventory:
    """Which devices does this decoded document declare? Raises BadInventory."""
    entries = list(_entries(data))
    if len(entries) > MOST_DEVICES:
        raise BadInventory(
            f"the inventory lists {len(entries)} devices; {MOST_DEVICES} are the most that fit"
        )
    warnings: list[str] = []
    devices = tuple(
        _device(number, entry, base, warnings) for number, entry in enumerate(entries, 1)
    )
    _no_twins(devices)
    return Inventory(devices, tuple(warnings))


def to_dict(inventory: Inventory) -> dict[str, Any]:
    """The same inventory as a document of this shape; passwords and key texts are never in it."""
    return {"devices": [_device_dict(device) for device in inventory.devices]}


class _Loader(yaml.SafeLoader):
    """YAML without aliases: a small file must not unfold into a large one."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise BadInventory("the inventory uses YAML aliases, which are not allowed in it")
        return super().compose_node(parent, index)


def _load(text: str) -> object:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except RecursionError:
            raise BadInventory("the inventory is nested too deeply") from None
        except json.JSONDecodeError as error:
            json_error = f"the inventory is not JSON: {error.msg} in line {error.lineno}"
            return _yaml(text, json_error)
        except ValueError:  # a number of thousands of digits
            raise BadInventory("the inventory holds a number that is too long") from None
    return _yaml(text, None)


def _yaml(text: str, instead: str | None) -> object:
    try:
        return yaml.load(text, Loader=_Loader)  # a SafeLoader
    except RecursionError:
        raise BadInventory("the inventory is nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, BadInventory):
            raise
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise BadInventory(instead or f"the inventory is not YAML: {problem}{where}") from None


def _entries(data: object) -> Iterator[tuple[str | None, object]]:
    """Each device's document, with its name where the devices are a mapping by name."""
    if isinstance(data, Mapping):
        devices = data.get("devices")
        data = devices if devices is not None else data.get("nodes")
    if isinstance(data, Mapping):
        yield from ((str(name), entry) for name, entry in data.items())
    elif isinstance(data, list):
        yield from ((None, entry) for entry in data)
    else:
        raise BadInventory(
            'the inventory has no list of devices; it looks like {"devices": [{"name": ...}]}'
        )


def _device(
    number: int, entry: tuple[str | None, object], base: Path | None, warnings: list[str]
) -> Device:
    key, data = entry
    if not isinstance(data, Mapping):
        raise BadInventory(f"device number {number} is not a set of fields")
    name = str(data.get("name") or key or "").strip()
    if not _NAME.fullmatch(name):
        raise BadInventory(
            f"device number {number} has no usable name ({name[:40]!r}): letters, digits and . _"
            " - : @"
        )
    return Device(
        name=name,
        role=_role(name, data.get("role"), warnings),
        platform=_word(name, "platform", data.get("platform")) or "linux",
        site=_word(name, "site", data.get("site")),
        state_group=_word(name, "state_group", data.get("state_group")),
        addresses=tuple(_addresses(name, data.get("addresses"))),
        login=_login(name, data.get("ssh"), base),
        sudo=_flag(name, "sudo", data.get("sudo")),
        owner=_word(name, "owner", data.get("owner")),
    )


def _role(name: str, value: object, warnings: list[str]) -> Role:
    """The role in the field's own words; one that nobody knows is a host, and a warning."""
    if isinstance(value, Mapping):  # NetBox: {"name": "Access Switch", "slug": "access-switch"}
        value = value.get("slug") or value.get("name")
    text = "host" if value in (None, "") else str(value)
    found = role_of(text)
    if found is None:
        known = ", ".join(role.value for role in Role)
        warnings.append(
            f"{name}: {text[:40]!r} is not a role that is known ({known}); it counts as a host"
        )
    return found or Role.HOST


def _word(name: str, field: str, value: object) -> str | None:
    if value is None or value == "":
        return None
    text = str(value)
    is_short = len(text) <= 200 and text.isprintable()
    if not isinstance(value, str | int) or not is_short:
        raise BadInventory(f"{name}: {field} must be a short text")
    return text.strip()


def _flag(name: str, field: str, value: object) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise BadInventory(f"{name}: {field} must be true or false")


def _addresses(name: str, value: object) -> Iterator[AddressWithPrefix]:
    texts = list(_flatten(value))
    if len(texts) > MOST_ADDRESSES:
        raise BadInventory(
            f"{name}: {len(texts)} addresses; {MOST_ADDRESSES} are the most that fit"
        )
    for text in texts:
        try:
            yield ip_interface(str(text).strip().partition("%")[0])
        except ValueError:
            raise BadInventory(f"{name}: {str(text)[:60]!r} is not an address") from None


def _flatten(value: object) -> Iterator[object]:
    if value in (None, ""):
        return
    parts: Iterable[object] = [value]
    if isinstance(value, Mapping):
        parts = value.values()
    elif isinstance(value, list | tuple):
        parts = value
    for part in parts:
        if isinstance(part, list):
            yield from part
        else:
            yield part


def _login(name: str, value: object, base: Path | None) -> Login | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise BadInventory(f"{name}: ssh must be a set of fields (host, port, user, key ...)")
    return Login(
        host=_matching(name, "ssh.host", value.get("host"), _HOST),
        port=_port(name, value.get("port", 22)),
        user=_matching(name, "ssh.user", value.get("user", "root"), _USER),
        key=_path(_word(name, "ssh.key", value.get("key")), base),
        known_hosts=_path(_word(name, "ssh.known_hosts", value.get("known_hosts")), base),
        jump=_word(name, "ssh.jump", value.get("jump")),
        password=_secret(name, "ssh.password", value.get("password")),
        key_text=_secret(name, "ssh.key_text", value.get("key_text")),
        passphrase=_secret(name, "ssh.passphrase", value.get("passphrase")),
    )


def _matching(name: str, field: str, value: object, pattern: re.Pattern[str]) -> str:
    text = str(value if value is not None else "").strip().strip("[]")
    if not pattern.fullmatch(text):
        raise BadInventory(f"{name}: {field} is missing or not usable ({text[:40]!r})")
    return text


def _port(name: str, value: object) -> int:
    text = str(value if value is not None else 22)
    is_number = text.isascii() and text.isdigit()
    number = int(text[:6]) if is_number else 0
    if isinstance(value, bool) or not 0 < number < 65536:
        raise BadInventory(f"{name}: ssh.port {text[:20]!r} is not a port (1 to 65535)")
    return int(text)


def _secret(name: str, field: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str | int) or len(str(value)) > 20_000:
        raise BadInventory(f"{name}: {field} must be a text")
    return str(value)


def _path(text: str | None, base: Path | None) -> str | None:
    if text is None:
        return None
    path = Path(text).expanduser()
    return str(base / path) if base and not path.is_absolute() else str(path)


def _no_twins(devices: tuple[Device, ...]) -> None:
    seen: set[str] = set()
    for device in devices:
        if device.name in seen:
            raise BadInventory(f"{device.name}: two devices have this name")
        seen.add(device.name)


def _device_dict(device: Device) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": device.name,
        "role": device.role.value,
        "platform": device.platform,
        "site": device.site,
        "owner": device.owner,
        "state_group": device.state_group,
        "addresses": [str(address) for address in device.addresses] or None,
        "ssh": _login_dict(device.login) if device.login else None,
        "sudo": device.sudo or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _login_dict(login: Login) -> dict[str, Any]:
    fields = {
        word: getattr(login, word)
        for word in ("host", "port", "user", "key", "known_hosts", "jump")
    }
    return {name: value for name, value in fields.items() if value is not None}
