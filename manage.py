#!/usr/bin/env python
"""Django's command line for the specialty-town portal."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run the command named on the command line with the portal's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
