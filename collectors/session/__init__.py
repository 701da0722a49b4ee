"""Asking devices over SSH: one persistent login per device and run, several questions at once."""

from collectors.session.asker import SshAsker

__all__ = ["SshAsker"]
