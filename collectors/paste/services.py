"""Ports by the names that tools print for them. Nothing is looked up over the network."""

from __future__ import annotations

import socket

# the names of Internet services (IANA's registry, and what /etc/services of Debian, Red Hat and BSD write)
_PORTS = {
    "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "mail": 25, "time": 37, "whois": 43, "nicname": 43,
    "tacacs": 49, "domain": 53, "dns": 53, "bootps": 67, "dhcps": 67, "bootpc": 68, "dhcpc": 68, "tftp": 69,
    "gopher": 70, "finger": 79, "http": 80, "www": 80, "www-http": 80, "kerberos": 88, "kerberos-sec": 88, "pop3": 110,
    "sunrpc": 111, "portmapper": 111, "rpcbind": 111, "auth": 113, "nntp": 119, "ntp": 123, "epmap": 135,
    "loc-srv": 135, "netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139, "imap": 143, "imap2": 143, "snmp": 161,
    "snmptrap": 162, "snmp-trap": 162, "bgp": 179, "irc": 194, "ldap": 389, "https": 443, "microsoft-ds": 445,
    "kpasswd": 464, "submissions": 465, "ssmtp": 465, "urd": 465, "isakmp": 500, "biff": 512, "exec": 512, "login": 513,
    "who": 513, "shell": 514, "syslog": 514, "printer": 515, "submission": 587, "ipp": 631, "ldaps": 636,
    "domain-s": 853, "rsync": 873, "ftps-data": 989, "ftps": 990, "imaps": 993, "pop3s": 995, "socks": 1080,
    "openvpn": 1194, "ms-sql-s": 1433, "ms-sql-m": 1434, "ncube-lm": 1521, "radius": 1812, "radius-acct": 1813,
    "cisco-sccp": 2000, "nfs": 2049, "nfsd": 2049, "docker": 2375, "docker-s": 2376, "etcd-client": 2379,
    "etcd-server": 2380, "iscsi-target": 3260, "squid-http": 3128, "mysql": 3306, "ms-wbt-server": 3389,
    "ipsec-nat-t": 4500, "sip": 5060, "sip-tls": 5061, "sips": 5061, "mdns": 5353, "postgresql": 5432, "postgres": 5432,
    "amqps": 5671, "amqp": 5672, "x11": 6000, "redis": 6379, "ircd": 6667, "afs3-fileserver": 7000, "http-alt": 8080,
    "webcache": 8080, "http-proxy": 8080, "pcsync-https": 8443, "https-alt": 8443, "jetdirect": 9100,
    "git": 9418, "zabbix-agent": 10050, "zabbix-trapper": 10051, "memcache": 11211, "vxlan": 4789, "wap-wsp": 9200,
    "geneve": 6081, "bfd-control": 3784, "bfd-echo": 3785, "ssdp": 1900, "llmnr": 5355, "hostmon": 5355, "l2tp": 1701,
    "l2f": 1701, "pptp": 1723, "xmpp-client": 5222, "xmpp-server": 5269, "sieve": 4190, "nrpe": 5666,
    "cslistener": 9000, "commplex-main": 5000,
    "webmin": 10000, "puppet": 8140, "kerberos4": 750, "db-lsp-disc": 17500, "route": 520, "router": 520, "rip": 520,
}  # fmt: skip


_NAMED = frozenset(_PORTS.values())


def is_service(port: int) -> bool:
    """Does something well known listen there?"""
    return port in _NAMED


def port_of(name: str, protocol: str = "tcp") -> int | None:
    """The port that a tool calls so: a number, a well-known name, or one that this machine's own list holds."""
    text = name.strip().lower()
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < 6 and int(text) < 65536 else None
    return _PORTS.get(text) or _local(text, protocol)


def _local(name: str, protocol: str) -> int | None:
    try:
        return socket.getservbyname(name, protocol)
    except (OSError, ValueError, UnicodeError):
        return None
