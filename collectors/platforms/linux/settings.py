"""The kernel settings that decide about flows: reverse-path checks, ECMP hashing, connection tracking."""

from __future__ import annotations

import re

from collectors.model.evidence import About
from collectors.model.platform import Output, Reading, Unparsed
from collectors.model.records import Setting
from collectors.platforms.linux.shell import script
from collectors.platforms.reading import each, lines_of, text_of

_PATHS = (
    "ipv4/conf/*/rp_filter ipv4/conf/*/forwarding ipv4/conf/*/accept_local ipv4/conf/*/arp_filter"
    " ipv4/conf/*/arp_ignore ipv4/conf/*/arp_announce ipv4/conf/*/log_martians ipv4/conf/*/proxy_arp"
    " ipv4/conf/*/src_valid_mark ipv4/conf/*/route_localnet ipv4/conf/*/send_redirects ipv4/conf/*/accept_redirects"
    " ipv4/ip_forward ipv4/fib_multipath_* ipv4/ip_local_port_range ipv4/icmp_ratelimit ipv4/icmp_ratemask"
    " ipv4/icmp_echo_ignore_all ipv4/ip_no_pmtu_disc ipv4/tcp_mtu_probing ipv4/ip_forward_use_pmtu"
    " ipv4/ip_nonlocal_bind ipv4/fwmark_reflect ipv4/tcp_fwmark_accept ipv4/tcp_syncookies ipv4/tcp_l3mdev_accept"
    " ipv6/conf/*/forwarding ipv6/conf/*/disable_ipv6 ipv6/fib_multipath_* ipv6/fwmark_reflect"
    " ipv6/icmp/echo_ignore_all"
    " netfilter/nf_conntrack_tcp_loose netfilter/nf_conntrack_tcp_be_liberal netfilter/nf_conntrack_acct"
    " netfilter/nf_conntrack_count netfilter/nf_conntrack_max netfilter/nf_conntrack_log_invalid"
    " netfilter/nf_conntrack_checksum netfilter/nf_conntrack_timestamp bridge/bridge-nf-call-ip*tables"
)


def ask_settings(about: About) -> str:
    """All keys of interest, each as `path:value`; keys that this kernel lacks are left out."""
    return script(f'cd /proc/sys/net && grep -s "" {_PATHS} || true')


# ipv4/conf/eth0/rp_filter:1
_PATH = re.compile(r"(ipv[46]|netfilter|bridge)/(.+?):(.*)")
# net.ipv4.conf.eth0.rp_filter = 1
_KEY = re.compile(r"([\w.-]+(?:/[\w.-]+)*)\s*=\s*(.*)")


def read_settings(output: Output, about: About) -> Reading:
    """`path:value` lines as asked for, or `key = value` of `sysctl`."""
    return each(lines_of(text_of(output.stdout)), _setting)


def _setting(line: str) -> Setting:
    if path := _PATH.fullmatch(line):
        return Setting(key(f"net/{path[1]}/{path[2]}"), " ".join(path[3].split()))
    if assigned := _KEY.fullmatch(line):
        return Setting(key(assigned[1]), " ".join(assigned[2].split()))
    raise Unparsed(line)


def key(path: str) -> str:
    """`net/ipv4/conf/eth0.7/rp_filter` by its sysctl name; a dot in an interface's name stays a dot."""
    return path.replace("/", ".")
