#!/usr/bin/env python3
"""The command line of Bothways: `manage.py diagnose`, `lab`, `bench`, `migrate` ..."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
