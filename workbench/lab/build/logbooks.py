"""How a firewall of a lab logs what it refuses: by NFLOG to a ulogd of its own, which writes
syslog's lines."""

from __future__ import annotations

from dataclasses import dataclass

ULOGD = "/usr/sbin/ulogd"
LABELS = (  # of what fits no session, of what no rule permits
    ("INVALID ", "REFUSED "),
    ("[FW INVALID] ", "[FW BLOCK] "),
    ("drop-invalid: ", "drop-default: "),
    ("no session: ", "denied: "),
)
PATHS = ("/var/log/ulog/syslogemu.log", "/var/log/kern.log", "/var/log/firewall.log")
CONFIG = """[global]
logfile="/run/ulogd.log"
stack=packets:NFLOG,base:BASE,devices:IFINDEX,addresses:IP2STR,text:PRINTPKT,file:LOGEMU
[packets]
group={group}
[file]
file="{path}"
sync=1
"""
START = """mkdir -p -m 0755 {folder} && install -m 0640 -o root -g adm /dev/null {path}
cat > /run/ulogd.conf <<'END'
{config}END
[ ! -x {ulogd} ] || {ulogd} -d -c /run/ulogd.conf -p /run/ulogd.pid </dev/null >/dev/null 2>&1"""


@dataclass(frozen=True, slots=True)
class Logbook:
    """Where one firewall logs, and how it labels what it refuses. No group = the kernel's own log,
    which labs hide."""

    group: int | None = 1
    path: str = PATHS[0]
    stray: str = LABELS[0][0]
    refused: str = LABELS[0][1]

    def label(self, states: tuple[str, ...]) -> str:
        """The label of a rule that refuses packets of these states."""
        return self.stray if "invalid" in states else self.refused

    def nft(self, label: str) -> str:
        """The statement of nft."""
        return f'log group {self.group} prefix "{label}"' if self.group else f'log prefix "{label}"'

    def iptables(self, label: str) -> str:
        """The target of iptables."""
        if self.group:
            return f'-j NFLOG --nflog-group {self.group} --nflog-prefix "{label}"'
        return f'-j LOG --log-prefix "{label}"'

    def start(self) -> str:
        """Shell that makes the file, readable by the group adm as Debian has it, and starts what
        writes it."""
        if self.group is None:
            return ""
        config = CONFIG.format(group=self.group, path=self.path)
        return START.format(
            folder=self.path.rpartition("/")[0], path=self.path, config=config, ulogd=ULOGD
        )
