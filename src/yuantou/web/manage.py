"""Django's own commands: ``python -m yuantou.web.manage migrate`` and so on."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run a management command with the local settings unless others are named."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuantou.web.settings.local")
    execute_from_command_line(["yuantou manage", *sys.argv[1:]])


if __name__ == "__main__":
    main()
