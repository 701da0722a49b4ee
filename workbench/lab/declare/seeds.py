"""What seeds vary: names, addresses, interfaces, dialects. Seed 0 is the plain one that the
documentation shows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from collectors.model.inventory import Role
from workbench.lab.build.dialects import Dialect, Style
from workbench.lab.build.logbooks import LABELS, PATHS, Logbook

Network = IPv4Network | IPv6Network
WORDS = {
    Role.CLIENT: ("app", "bastion", "batch", "ci", "desk", "pay", "cron"),
    Role.SERVER: ("web", "db", "api", "ldap", "mail", "git", "store"),
    Role.HOST: ("vm", "node", "host"),
    Role.ROUTER: ("core", "agg", "spine", "edge", "pe", "bb", "leaf"),
    Role.FIREWALL: ("fw", "asa", "gate", "shield", "filter"),
    Role.NAT: ("nat", "cgn", "egress", "masq"),
    Role.LOAD_BALANCER: ("lb", "vip", "front", "adc"),
    Role.IDS: ("ids", "probe", "sensor"),
}
SITES = ("fra1", "ams2", "sea", "dc3", "lon4", "sgp", "x")
DEVICES = ("eth{0}", "ens{3}", "enp{1}s0", "swp{1}", "port{1}", "en{0}", "ge-0-0-{0}", "lan{0}")


class SeededChoices:
    """Every choice of one seed; asking in the same order gives the same answers."""

    def __init__(self, lab: str, seed: int) -> None:
        self.lab, self.seed = lab, seed
        self.random = random.Random(f"{lab}/{seed}")
        self._hosts = iter(self._host_networks())
        self._transits = iter(self._transit_networks())
        self._v6 = iter(self._v6_networks())
        self._used: set[str] = set()

    def name(self, declared: str, role: Role) -> str:
        """What the node is called."""
        if not self.seed:
            return declared
        while True:
            word, site = self.random.choice(WORDS[role]), self.random.choice(SITES)
            name = self.random.choice(
                (
                    f"{site}-{word}{self.random.randint(1, 9)}",
                    f"{word}-{site}-{self.random.randint(1, 40):02}",
                )
            )
            if name not in self._used:
                self._used.add(name)
                return name

    def devices(self) -> Iterator[str]:
        """The interface names of one node, in order."""
        pattern = self.random.choice(DEVICES) if self.seed else "eth{0}"
        first = int(pattern[pattern.index("{") + 1])
        for number in range(first, first + 64):
            yield pattern[: pattern.index("{")] + str(number) + pattern[pattern.index("}") + 1 :]

    def network(self, family: int, hosts: bool) -> Network:
        """A subnet that nobody has yet."""
        return next(self._v6) if family == 6 else next(self._hosts if hosts else self._transits)

    def numbers(self, network: Network, count: int) -> list[int]:
        """Host numbers in a subnet, all different."""
        if not self.seed:
            return list(range(1, count + 1))
        room = min(network.num_addresses - 2, 0xFFFF if network.version == 6 else 250)
        return self.random.sample(range(1, room + 1), count)

    def dialect(self, node: str) -> Dialect:
        """The firewall tool of one node: another one with each of three seeds in a row."""
        order = random.Random(f"{self.lab}/{node}").sample(list(Dialect), len(Dialect))
        return order[self.seed % len(order)] if self.seed else Dialect.NFT

    def style(self) -> Style:
        """How its nft rules are written."""
        return self.random.choice(list(Style)) if self.seed else Style.PLAIN

    def logbook(self) -> Logbook:
        """Where and under which labels a firewall logs what it refuses."""
        if not self.seed:
            return Logbook()
        labels = self.random.choice(LABELS)
        return Logbook(self.random.choice((1, 2, 5, 17)), self.random.choice(PATHS), *labels)

    def chance(self, share: float) -> bool:
        """Happens in that share of seeds; never in seed 0."""
        return bool(self.seed) and self.random.random() < share

    def _host_networks(self) -> Iterator[Network]:
        fixed = [ip_network(n) for n in ("192.0.2.0/24", "203.0.113.0/24", "198.51.100.0/24")]
        if self.seed:
            self.random.shuffle(fixed)
            fixed = fixed[: self.random.randint(0, 3)]
        yield from fixed
        for third in self._shuffled(range(1, 250)):
            yield ip_network(f"{self._pick(['172.20', '10.80', '192.168', '10.3'])}.{third}.0/24")

    def _transit_networks(self) -> Iterator[Network]:
        base = self._pick(["10.0", "100.64", "172.31", "10.255", "198.18"])
        for third in self._shuffled(range(1, 250)):
            yield ip_network(
                f"{base}.{third}.{8 * self.random.randint(0, 31) if self.seed else 0}/29"
            )

    def _v6_networks(self) -> Iterator[Network]:
        base = self._pick(["2001:db8", "fd12:3456", "2001:db8:77"])
        for number in self._shuffled(range(1, 4000)):
            yield ip_network(f"{base}:{number:x}::/64")

    def _pick(self, values: list[str]) -> str:
        return self.random.choice(values) if self.seed else values[0]

    def _shuffled(self, values: range) -> list[int]:
        return self.random.sample(list(values), len(values)) if self.seed else list(values)
