"""Server time of the main pages over a large call, in process, as each role sees them.

    python benchmarks/web_pages.py [--size 50000] [--rounds 20]

Uses DATABASE_URL where it is set (PostgreSQL), else a fresh SQLite file in a temporary folder.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

GOAL = 200.0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=50_000)
    options.add_argument("--rounds", type=int, default=20)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["YUANTOU_DATA_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "yuantou.web.settings.local"
        return run(chosen.size, chosen.rounds, Path(folder))


def run(size: int, rounds: int, folder: Path) -> int:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import setup_test_environment

    from yuantou.apps.accounts.models import User
    from yuantou.web.demonstration import DOMAIN, load_demonstration
    from yuantou.web.scale import generate_call, generate_decided_call

    setup_test_environment()
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    call_command("migrate", verbosity=0)
    load_demonstration()
    started = time.perf_counter()
    generate_call(size, seed=1)
    generate_decided_call(size, seed=2)
    print(f"{connection.vendor}: 2 calls of {size:,} proposals generated in {time.perf_counter() - started:.0f} s")
    slowest = 0.0
    print(f"{'page':<58} {'role':<10} {'median':>9} {'p95':>9}")
    for role, address in pages():
        client = Client()
        if role:
            client.force_login(User.objects.get(email=f"{role}@{DOMAIN}"))
        times = [timed(client, address) for _round in range(rounds + 1)][1:]
        p95 = sorted(times)[int(0.95 * (len(times) - 1))]
        slowest = max(slowest, p95)
        print(f"{address[:58]:<58} {role or 'visitor':<10} {statistics.median(times):>6.0f} ms {p95:>6.0f} ms")
    ok = slowest < GOAL
    print(f"web_pages: {slowest:.0f} ms slowest p95 (goal < {GOAL:g} ms) {'ok' if ok else 'short'}")
    return 0 if ok else 1


def pages() -> list[tuple[str, str]]:
    """Every list of the platform over the large call, with filters, sorting and a page far down."""
    from django.urls import reverse

    from yuantou.apps.calls.models import Call

    large = Call.objects.order_by("-budget")
    call, decided = large.get(state="closed", title_en__startswith="Load").pk, large.filter(state="ranked").first()
    check, institution = reverse("proposals:formal_check", args=[call]), reverse("proposals:institution")
    match, progress = reverse("review:room", args=[decided.pk]), reverse("review:progress", args=[decided.pk])
    decisions, proposal = reverse("decisions:room", args=[decided.pk]), decided.proposals.first()
    return [
        ("", reverse("home")),
        ("", reverse("calls:list")),
        ("officer", reverse("home")),
        ("officer", reverse("calls:list")),
        ("officer", reverse("call_room", args=[call])),
        ("officer", check),
        ("officer", f"{check}?page=200"),
        ("officer", f"{check}?q=LOAD"),
        ("officer", f"{check}?q=%E6%B0%B4"),
        ("officer", f"{check}?result=fail"),
        ("office", institution),
        ("office", f"{institution}?page=40"),
        ("applicant", reverse("proposals:mine")),
        ("officer", match),
        ("officer", f"{match}?page=200"),
        ("officer", f"{match}?show=short"),
        ("officer", f"{match}?q=%E6%B0%B4"),
        ("officer", reverse("review:proposal", args=[proposal.pk])),
        ("officer", progress),
        ("officer", f"{progress}?page=400"),
        ("officer", reverse("review:experts")),
        ("reviewer", reverse("review:mine")),
        ("officer", decisions),
        ("officer", f"{decisions}?page=100&sort=-p"),
        ("officer", f"{decisions}?show=grey"),
        ("officer", f"{decisions}?q=%E6%B0%B4"),
        ("", reverse("decisions:awards")),
        ("", f"{reverse('decisions:awards')}?page=50"),
        ("officer", reverse("registry:people")),
        ("", reverse("audit:heads")),
    ]


def timed(client: "Client", address: str) -> float:
    started = time.perf_counter()
    answer = client.get(address)
    elapsed = (time.perf_counter() - started) * 1000
    if answer.status_code != 200:
        sys.exit(f"{address} answered {answer.status_code}")
    return elapsed


if __name__ == "__main__":
    sys.exit(main())
