"""Which devices does an inventory file declare, and what is said of a bad one?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collectors.inventory.file import (
    BadInventory,
    from_dict,
    parse_inventory,
    read_inventory,
    to_dict,
)
from collectors.model.inventory import Role

FULL = {
    "name": "edge-fw-a", "role": "firewall", "platform": "linux", "site": "fra1", "state_group": "edge",
    "addresses": ["198.51.100.2/30", "2001:db8::2"],
    "ssh": {"host": "127.0.0.1", "port": 2203, "user": "ops", "key": "keys/ops",
            "known_hosts": "known", "jump": "bastion"},
    "sudo": True,
}  # fmt: skip


def test_every_field(tmp_path: Path) -> None:
    file = tmp_path / "inventory.json"
    file.write_text(json.dumps({"devices": [FULL]}))
    [device] = read_inventory(file).devices
    assert (device.name, device.role, device.site, device.state_group, device.sudo) == (
        "edge-fw-a", Role.FIREWALL, "fra1", "edge", True)  # fmt: skip
    assert [str(address) for address in device.addresses] == ["198.51.100.2/30", "2001:db8::2/128"]
    assert device.login is not None
    assert device.login.key == str(tmp_path / "keys/ops")
    assert device.login.known_hosts == str(tmp_path / "known")
    assert device.login.jump == "bastion"


def test_yaml_and_the_word_nodes() -> None:
    [device] = parse_inventory(
        "nodes:\n- name: r1\n  role: load-balancer\n  addresses: [192.0.2.1]\n"
    ).devices
    assert (device.role, device.platform, device.login) == (Role.LOAD_BALANCER, "linux", None)


def test_unknown_fields_are_tolerated() -> None:
    assert from_dict(
        {"devices": [{"name": "r1", "role": "router", "rack": 7}], "made_by": "us"}
    ).named("r1")


def test_devices_by_name() -> None:
    assert from_dict({"devices": {"r1": {"role": "router"}}}).named("r1")


def test_what_is_written_is_read_again() -> None:
    inventory = from_dict({"devices": [FULL, {"name": "r1", "role": "router"}]})
    assert from_dict(to_dict(inventory)) == inventory


def test_secrets_are_neither_shown_nor_written() -> None:
    inventory = from_dict(
        {"devices": [{"name": "a", "ssh": {"host": "h", "password": "hunter2", "key_text": "KEY"}}]}
    )
    assert "hunter2" not in repr(inventory) + json.dumps(to_dict(inventory))
    assert "KEY" not in repr(inventory) + json.dumps(to_dict(inventory))


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("", "the inventory has no list of devices"),
        ("{", "the inventory is not JSON"),
        ("a: [", "the inventory is not YAML"),
        ("[1]", "device number 1 is not a set of fields"),
        ('[{"role": "router"}]', "device number 1 has no usable name"),
        ('[{"name": "a;b"}]', "device number 1 has no usable name ('a;b')"),
        ('[{"name": "a", "addresses": ["x"]}]', "a: 'x' is not an address"),
        (
            '[{"name": "a", "ssh": {"host": "-oProxyCommand=x"}}]',
            "a: ssh.host is missing or not usable",
        ),
        (
            '[{"name": "a", "ssh": {"host": "h", "port": 70000}}]',
            "a: ssh.port '70000' is not a port",
        ),
        (
            '[{"name": "a", "ssh": {"host": "h", "user": "-l"}}]',
            "a: ssh.user is missing or not usable",
        ),
        ('[{"name": "a", "sudo": "perhaps"}]', "a: sudo must be true or false"),
        ('[{"name": "a"}, {"name": "a"}]', "a: two devices have this name"),
        ("a: &x [1]\nb: *x\n", "the inventory uses YAML aliases"),
        ("[" * 100_000, "the inventory is nested too deeply"),
        (b"\xff\xfe\x00", "the inventory is not UTF-8 text"),
    ],
)
def test_a_bad_one_is_named_in_one_sentence(document: str | bytes, complaint: str) -> None:
    with pytest.raises(BadInventory) as caught:
        parse_inventory(document)
    assert str(caught.value).startswith(complaint)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        BadInventory, match=r"cannot read the inventory .*: No such file or directory"
    ):
        read_inventory(tmp_path / "none.json")


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    file.write_bytes(b" " * 4_000_001)
    with pytest.raises(BadInventory, match="is larger than 4 MB"):
        read_inventory(file)


@pytest.mark.parametrize("text", ['{"devices": [' + "1" * 5000 + "]}", "# " + "x" * 4_000_000])
def test_what_is_too_long_is_said_and_not_read(text: str) -> None:
    with pytest.raises(BadInventory, match=r"too long|larger"):
        parse_inventory(text)


ROLES = {
    "lb": Role.LOAD_BALANCER, "load-balancer": Role.LOAD_BALANCER, "fw": Role.FIREWALL, "gw": Role.ROUTER,
    "gateway": Role.ROUTER, "Switch": Role.ROUTER, "rtr": Role.ROUTER, "proxy": Role.LOAD_BALANCER, "web": Role.SERVER,
    "db": Role.SERVER, "access-switch": Role.ROUTER, "edge-router": Role.ROUTER, "core-firewall": Role.FIREWALL,
    "web-proxy": Role.LOAD_BALANCER, "db-server": Role.SERVER, "fw1": Role.FIREWALL, "NAT gateway": Role.NAT,
    "Leaf Switch": Role.ROUTER, "jump host": Role.HOST, "": Role.HOST,
}  # fmt: skip


@pytest.mark.parametrize("word", ROLES)
def test_a_role_in_the_field_s_other_words(word: str) -> None:
    inventory = from_dict({"devices": [{"name": "r1", "role": word}]})
    assert inventory.devices[0].role is ROLES[word] and not inventory.warnings


def test_a_role_that_nobody_knows_is_a_host_and_a_warning() -> None:
    inventory = from_dict(
        {
            "devices": [
                {"name": "r1", "role": "toaster"},
                {"name": "r2", "role": {"slug": "core-router"}},
            ]
        }
    )
    assert [device.role for device in inventory.devices] == [Role.HOST, Role.ROUTER]
    assert inventory.warnings == (
        (
            "r1: 'toaster' is not a role that is known (client, server, host, router, firewall,"
            " nat, load_balancer, ids); it counts as a host"
        ),
    )
