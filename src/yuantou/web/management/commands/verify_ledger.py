"""Export this site's ledger to a temporary folder and verify it as an outsider would."""

import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from yuantou.apps.audit.facade import export_ledger
from yuantou.engines.ledger import verifier


class Command(BaseCommand):
    help = "Verify the ledger of this site; --out keeps the export."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--witness", type=Path)
        parser.add_argument("--out", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:
        with tempfile.TemporaryDirectory() as temporary:
            folder = options["out"] or Path(temporary)
            count = export_ledger(folder)
            findings = verifier.verify(folder, options["witness"])
        for finding in findings:
            self.stdout.write(finding)
        self.stdout.write(f"{count} entries, {len(findings)} findings")
        sys.exit(1 if findings else 0)
