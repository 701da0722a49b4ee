"""Asking devices over SSH: one persistent login per device and run, several questions at once."""

from collectors.session.driver import SshDriver

__all__ = ["SshDriver"]
