"""Fills the site with a statistical call of any size, for load tests and benchmarks; nobody wrote any of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.utils import timezone

from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import Act, append_many
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Discipline, Organisation, Person
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.demo.generate import demo_records
from yuantou.kernel.seed import Seed
from yuantou.web.demonstration import AGENCY, DOMAIN

BLOCK = 2000
STATES = ("submitted", "accepted", "institution_check", "draft", "not_accepted")
SHARES = (0.45, 0.35, 0.08, 0.10, 0.02)


def generate_call(size: int, *, seed: int, now: datetime | None = None) -> str:
    """Create a call of ``size`` proposals by as many people; institutions follow Zipf's law. Returns a line of figures.

    Rows are written in blocks of 2,000, each with its ledger entries in one transaction.
    """
    now = now or timezone.now()
    rng = np.random.default_rng(Seed(seed).stream("scale"))
    call = _call(now, size)
    hosts = list(Organisation.objects.exclude(pk=AGENCY).values_list("pk", flat=True))
    shares = 1 / np.arange(1, len(hosts) + 1)
    for first in range(0, size, BLOCK):
        block = _block(call, first, min(BLOCK, size - first), rng, hosts, shares / shares.sum(), now)
        with transaction.atomic():
            Person.objects.bulk_create([proposal.applicant for proposal in block])
            Proposal.objects.bulk_create(block)
            append_many(_acts(block, now))
    return f"{size} proposals in the call “{call.title_en}”"


def _call(now: datetime, size: int) -> Call:
    programme = ProgrammeTypeVersion.objects.filter(type_id="free-exploration").latest("version")
    return Call.objects.create(
        programme_type=programme,
        agency_id=AGENCY,
        title_zh=f"规模测试（{size} 份）",
        title_en=f"Load test ({size} proposals)",
        opens_at=now - timedelta(days=40),
        closes_at=now - timedelta(days=10),
        budget=size * 60_000,
        state="closed",
        demonstration=True,
        created_at=now - timedelta(days=60),
    )


def _block(
    call: Call, first: int, count: int, rng: np.random.Generator, hosts: list[str], shares: np.ndarray, now: datetime
) -> list[Proposal]:
    texts = demo_records("proposals")
    codes = list(Discipline.objects.values_list("code", flat=True))
    chosen = rng.integers(0, len(texts), count)
    home = rng.choice(len(hosts), count, p=shares)
    state = rng.choice(len(STATES), count, p=SHARES)
    money = rng.integers(20, 120, count) * 10_000
    code = rng.integers(0, len(codes), count)
    return [
        Proposal(
            call=call,
            number=f"LOAD-{call.pk[:4].upper()}-{first + i:07}",
            applicant=Person(name_zh=f"测试{first + i}", name_en=f"Test {first + i}", fictional=True),
            organisation_id=hosts[home[i]],
            discipline_id=codes[code[i]],
            title_zh=f"{texts[chosen[i]]['title_zh']}（{first + i}）",
            title_en=f"{texts[chosen[i]]['title_en']} ({first + i})",
            requested=int(money[i]),
            answers={key: texts[chosen[i]][key] for key in ("title_zh", "title_en", "abstract_zh", "abstract_en")},
            state=STATES[state[i]],
            created_at=now - timedelta(days=20),
            saved_at=now - timedelta(days=15),
            submitted_at=now - timedelta(days=15) if STATES[state[i]] != "draft" else None,
        )
        for i in range(count)
    ]


def _acts(block: list[Proposal], now: datetime) -> Iterator[Act]:
    officer = User.objects.get(email=f"officer@{DOMAIN}")
    for proposal in block:
        yield Act(now, officer.actor, "proposal.generate", "proposal", proposal.pk, {"state": proposal.state})
