"""Load the demonstration, or generate a call of any size for load tests."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from yuantou.web.demonstration import load_demonstration


class Command(BaseCommand):
    help = "Load the demonstration call; --scale N generates a call of N proposals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scale", type=int, default=0)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *_args: Any, **options: Any) -> None:
        self.stdout.write(load_demonstration())
        if options["scale"]:
            from yuantou.web.scale import generate_call

            self.stdout.write(generate_call(options["scale"], seed=options["seed"]))
