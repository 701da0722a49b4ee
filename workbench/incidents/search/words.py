"""Which words does a text have, and which addresses? The same on every database, so that a text
engine sees plain words and never its own syntax."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address
WORD = re.compile(r"[^\W_]+")
NAME = re.compile(r"[\w][\w.-]{0,99}")
DOTTED = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w])")
COLONS = re.compile(r"(?<![\w:.])[0-9a-fA-F:]{3,45}(?![\w:])")
LONGEST_TEXT, LONGEST_WORD = 20_000, 64  # characters
MOST_NAMES, MOST_ADDRESSES = 300, 100


def words(text: str) -> list[str]:
    """The words in lower case, without accents; `fw-a` is two words, `10.0.0.1` four."""
    plain = unicodedata.normalize("NFKD", text[:LONGEST_TEXT]).lower()
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return [word[:LONGEST_WORD] for word in WORD.findall(bare)]


def names(text: str) -> list[str]:
    """What could be the name of a device."""
    found = (name.rstrip(".-") for name in NAME.findall(text[:LONGEST_TEXT]))
    return list(dict.fromkeys(found))[:MOST_NAMES]


def addresses(text: str) -> list[Address]:
    """The addresses that stand in a text."""
    found: dict[Address, None] = {}
    for written in (*DOTTED.findall(text[:LONGEST_TEXT]), *COLONS.findall(text[:LONGEST_TEXT])):
        try:
            found[ip_address(written)] = None
        except ValueError:
            continue
    return list(found)[:MOST_ADDRESSES]


def packed(address: Address) -> bytes:
    """16 bytes that sort as addresses do; IPv4 as ::ffff:a.b.c.d."""
    if isinstance(address, IPv4Address):
        return b"\0" * 10 + b"\xff\xff" + address.packed
    return address.packed


def unpacked(kept: bytes | memoryview) -> Address:
    """The address that `packed` was given."""
    address = IPv6Address(bytes(kept))
    return address.ipv4_mapped or address
