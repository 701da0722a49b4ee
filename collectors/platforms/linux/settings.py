"""The kernel settings that decide about flows: reverse-path checks, ECMP hashing, connection
tracking."""

from __future__ import annotations

import re

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.settings import DeviceSetting
from collectors.platforms.linux.knobs import setting_of
from collectors.platforms.linux.shell import script
from collectors.platforms.reading import WIDEST, each, lines_of, text_of

_PATHS = (
    "ipv4/conf/*/rp_filter ipv4/conf/*/forwarding ipv4/conf/*/accept_local ipv4/conf/*/arp_filter"
    " ipv4/conf/*/arp_ignore ipv4/conf/*/arp_announce ipv4/conf/*/log_martians"
    " ipv4/conf/*/proxy_arp ipv4/conf/*/src_valid_mark ipv4/conf/*/route_localnet"
    " ipv4/conf/*/send_redirects ipv4/conf/*/accept_redirects ipv4/ip_forward ipv4/fib_multipath_*"
    " ipv4/ip_local_port_range ipv4/icmp_ratelimit ipv4/icmp_ratemask ipv4/icmp_echo_ignore_all"
    " ipv4/ip_no_pmtu_disc ipv4/tcp_mtu_probing ipv4/ip_forward_use_pmtu ipv4/ip_default_ttl"
    " ipv4/ip_nonlocal_bind ipv4/fwmark_reflect ipv4/tcp_fwmark_accept ipv4/tcp_syncookies"
    " ipv4/tcp_l3mdev_accept ipv6/conf/*/forwarding ipv6/conf/*/hop_limit ipv6/conf/*/disable_ipv6"
    " ipv6/fib_multipath_* ipv6/fwmark_reflect ipv6/icmp/echo_ignore_all"
    " netfilter/nf_conntrack_tcp_loose netfilter/nf_conntrack_tcp_be_liberal"
    " netfilter/nf_conntrack_acct netfilter/nf_conntrack_count netfilter/nf_conntrack_max"
    " netfilter/nf_conntrack_log_invalid netfilter/nf_conntrack_udp_timeout*"
    " netfilter/nf_conntrack_icmp*_timeout netfilter/nf_conntrack_tcp_timeout_established"
    " netfilter/nf_conntrack_tcp_timeout_close_wait netfilter/nf_conntrack_checksum"
    " netfilter/nf_conntrack_timestamp bridge/bridge-nf-call-ip*tables"
)


def ask_settings(params: QueryParams) -> str:
    """All keys of interest, each as `path:value`; keys that this kernel lacks are left out."""
    return script(f'cd /proc/sys/net && grep -s "" {_PATHS} || true')


# ipv4/conf/eth0/rp_filter:1 / /proc/sys/net/ipv4/ip_forward:1 / /proc/sys/net/ipv4/ip_forward 1 /
# ... = 1
_PATH = re.compile(
    r"(?P<root>/proc/sys/|(?=(?:ipv[46]|netfilter|bridge)/))(?P<path>[\w./@-]+)(?:\s*[:=]\s*|\s+)(?P<value>.*)"
)
# net.inet.ip.forwarding: 1 (BSD)
_BSD = re.compile(r"([a-z]\w*(?:\.[\w%-]+)+):(?: (.*))?")
# 02:00:00:00:00:01 dev veth0 master br0 (bridge fdb)
_FDB = re.compile(r"([0-9a-f]{2}(?::[0-9a-f]{2}){5}) dev (\S{1,40})(.*)")
_COMMENT = re.compile(r"\* Applying \S+ \.\.\.|sysctl: .*|[#;].*")
# net.ipv4.conf.eth0.rp_filter = 1
_KEY = re.compile(r"([\w.-]+(?:/[\w.-]+)*)\s*=\s*(.*)")


def read_settings(output: Output, params: QueryParams) -> ParseResult:
    """`path:value` lines as asked for, or `key = value` of `sysctl`."""
    text = text_of(output.stdout)
    lines = lines_of(_joined(text))
    if lines and _BSD.fullmatch(lines[0][:WIDEST]):
        return each(lines, _bsd_setting)
    return each(lines, _setting)


def _bsd_setting(line: str) -> DeviceSetting | None:
    """`key: value`; what has no key goes on with the value before it."""
    found = _BSD.fullmatch(line)
    return setting_of(key(found[1]), " ".join((found[2] or "").split())) if found else None


def _joined(text: str) -> str:
    """`tail -n +1 FILES` and `head FILES` write the path on a line of its own."""
    return re.sub(r"^==> (/proc/sys/\S+) <==\n(.*)", r"\1:\2", text, flags=re.M)


def _setting(line: str) -> DeviceSetting | None:
    if path := _PATH.fullmatch(line):
        name = path["path"] if path["root"] else f"net/{path['path']}"
        return setting_of(key(name), " ".join(path["value"].split()))
    if assigned := _KEY.fullmatch(line) or _BSD.fullmatch(line):
        return setting_of(key(assigned[1]), " ".join((assigned[2] or "").split()))
    if entry := _FDB.fullmatch(line):
        return setting_of(f"bridge.fdb.{entry[2]}.{entry[1]}", entry[3].strip())
    if _COMMENT.fullmatch(line):
        return None
    raise Unparsed(line)


def placed(reading: ParseResult, command: str) -> ParseResult:
    """`cat /proc/sys/...` and `sysctl -n` write values only: the command names their keys, in the
    same order."""
    names = _keys_named(command.split())
    clear = len(names) == len(reading.unread) and not any("*" in name for name in names)
    if reading.records or not clear:
        return reading
    values = zip(names, reading.unread, strict=True)
    found = (setting_of(key(name), " ".join(value.split())) for name, value in values)
    return ParseResult(tuple(found))


def _keys_named(words: list[str]) -> list[str]:
    """The keys whose values alone the command writes, in their order."""
    paths = [word.removeprefix("/proc/sys/") for word in words if word.startswith("/proc/sys/")]
    if paths:
        return paths
    only_values = not {"-n", "-bn", "--values"}.isdisjoint(words)
    if words[:1] != ["sysctl"] or not only_values:
        return []
    return [word for word in words[1:] if not word.startswith("-")]


def key(path: str) -> str:
    """`net/ipv4/conf/eth0.7/rp_filter` by its sysctl name; a dot in an interface's name stays a
    dot."""
    return path.replace("/", ".")
