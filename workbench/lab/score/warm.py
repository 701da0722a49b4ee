"""Reads the whole program, for a process whose children then start without reading it again.

Only the measurement's own server of processes imports this: reading the program costs as much as judging a small
network, which no other command of the lab should pay.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.config.settings")
django.setup()

from workbench.incidents.management.commands import diagnose  # noqa: E402, F401 (read here, for all that follow)
