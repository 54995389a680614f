"""Fills the site with a statistical call of any size, for load tests and benchmarks; nobody wrote any of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.utils import timezone

from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import Act, append_many
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import Decision, DecisionList, Outcome, RankedProposal, Ranking
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Discipline, Organisation, Person
from yuantou.apps.review.models import Assignment, Expert, Review
from yuantou.apps.review.summaries import rebuild
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.demo.generate import demo_records
from yuantou.kernel.seed import Seed
from yuantou.web.database import tune_database
from yuantou.web.demonstration import AGENCY, DOMAIN

BLOCK = 2000
STATES = ("submitted", "accepted", "institution_check", "draft", "not_accepted", "in_review")
CLOSED = (0.45, 0.35, 0.08, 0.10, 0.02, 0.0)
IN_REVIEW = (0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
REVIEWS = 3


def generate_call(size: int, *, seed: int, now: datetime | None = None) -> str:
    """Create a call of ``size`` proposals by as many people, just closed. Returns a line of figures."""
    call = _call(now or timezone.now(), size, "closed")
    _fill(call, size, seed, CLOSED)
    tune_database()
    return f"{size} proposals in the call “{call.title_en}”"


def _fill(call: Call, size: int, seed: int, shares: tuple[float, ...]) -> None:
    """Write blocks of 2,000, each with its ledger entries in one transaction; institutions follow Zipf's law."""
    rng = np.random.default_rng(Seed(seed).stream("scale"))
    now = call.created_at + timedelta(days=60)
    hosts = list(Organisation.objects.exclude(pk=AGENCY).values_list("pk", flat=True))
    zipf = 1 / np.arange(1, len(hosts) + 1)
    for first in range(0, size, BLOCK):
        block = _block(call, first, min(BLOCK, size - first), rng, hosts, zipf / zipf.sum(), now, shares)
        with transaction.atomic():
            Person.objects.bulk_create([proposal.applicant for proposal in block])
            Proposal.objects.bulk_create(block)
            append_many(_acts(block, "proposal", now))


def _call(now: datetime, size: int, state: str) -> Call:
    programme = ProgrammeTypeVersion.objects.filter(type_id="free-exploration").latest("version")
    return Call.objects.create(
        programme_type=programme,
        agency_id=AGENCY,
        title_zh=f"规模测试（{size} 份）",
        title_en=f"Load test ({size} proposals)",
        opens_at=now - timedelta(days=40),
        closes_at=now - timedelta(days=10),
        budget=size * 60_000,
        state=state,
        demonstration=True,
        created_at=now - timedelta(days=60),
    )


def _block(
    call: Call,
    first: int,
    count: int,
    rng: np.random.Generator,
    hosts: list[str],
    zipf: np.ndarray,
    now: datetime,
    shares: tuple[float, ...],
) -> list[Proposal]:
    texts = demo_records("proposals")
    codes = list(Discipline.objects.values_list("code", flat=True))
    chosen = rng.integers(0, len(texts), count)
    home = rng.choice(len(hosts), count, p=zipf)
    state = rng.choice(len(STATES), count, p=shares)
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


def _acts(rows: Sequence[Proposal | Assignment], kind: str, now: datetime) -> Iterator[Act]:
    officer = User.objects.get(email=f"officer@{DOMAIN}")
    for row in rows:
        yield Act(now, officer.actor, f"{kind}.generate", kind, row.pk, {"state": row.state})


def generate_decided_call(size: int, *, seed: int, now: datetime | None = None) -> str:
    """Create a call of ``size`` proposals with three reviews each, ranked by their means, decided and published."""
    now = now or timezone.now()
    rng = np.random.default_rng(Seed(seed).stream("decided"))
    call = _call(now, size, "ranked")
    _fill(call, size, seed, IN_REVIEW)
    experts = _experts(max(size // 2, REVIEWS))
    keys = list(Proposal.objects.filter(call=call).order_by("number").values_list("pk", flat=True))
    scores = np.clip(rng.normal(rng.normal(3.5, 0.6, (size, 1)), 0.7, (size, REVIEWS)), 1, 5).round(2)
    for first in range(0, size, BLOCK):
        part = slice(first, first + BLOCK)
        _reviews(call, keys[part], experts, scores[part], first, now)
    rebuild(call)
    _decide(call, keys, scores, now)
    tune_database()
    return f"{size} proposals with {size * REVIEWS} reviews in the call “{call.title_en}”"


def _experts(count: int) -> list[str]:
    people = [Person(name_zh=f"测试专家{i}", name_en=f"Test Expert {i}", fictional=True) for i in range(count)]
    Person.objects.bulk_create(people, batch_size=BLOCK)
    return [e.pk for e in Expert.objects.bulk_create([Expert(person=p) for p in people], batch_size=BLOCK)]


@transaction.atomic
def _reviews(call: Call, keys: list[str], experts: list[str], scores: np.ndarray, first: int, now: datetime) -> None:
    """Neighbours in the list of experts review a proposal; every expert gets about the same number."""
    rows = [
        Assignment(
            call=call,
            proposal_id=key,
            expert_id=experts[(REVIEWS * (first + i) + k) % len(experts)],
            affinity=float(scores[i, k]) / 5,
            state="submitted",
            due_at=now - timedelta(days=2),
            invited_at=now - timedelta(days=20),
            created_at=now - timedelta(days=21),
        )
        for i, key in enumerate(keys)
        for k in range(scores.shape[1])
    ]
    Assignment.objects.bulk_create(rows)
    Review.objects.bulk_create(
        Review(assignment=row, overall=float(score), version=1, submitted_at=now - timedelta(days=3))
        for row, score in zip(rows, scores.ravel(), strict=True)
    )
    append_many(_acts(rows, "assignment", now))


@transaction.atomic
def _decide(call: Call, keys: list[str], scores: np.ndarray, now: datetime) -> None:
    """Rank by the plain mean (the engines are measured elsewhere), fund the first fifth."""
    mean = scores.mean(axis=1)
    order = np.argsort(-mean, kind="stable")
    sd = 0.7 / np.sqrt(scores.shape[1])
    line = len(keys) // 5
    officer = User.objects.get(email=f"officer@{DOMAIN}")
    job = Job.objects.create(kind="ranking", subject=call.pk, owner=officer, state="done", created_at=now)
    ranking = Ranking.objects.create(call=call, job=job, input_hash="0" * 64, record={"funded": line}, created_at=now)
    RankedProposal.objects.bulk_create(
        (_ranked(ranking, keys[i], place, float(mean[i]), sd, len(keys), line) for place, i in enumerate(order, 1)),
        batch_size=BLOCK,
    )
    decided = DecisionList.objects.create(
        call=call,
        ranking=ranking,
        rule="line",
        budget=call.budget or 0,
        state="published",
        signed_at=now,
        published_at=now,
        created_at=now,
    )
    Decision.objects.bulk_create(
        (_decision(decided, keys[i], place, line) for place, i in enumerate(order, 1)), batch_size=BLOCK
    )
    append_many([Act(now, officer.actor, "decision_list.generate", "decision_list", decided.pk, {"n": len(keys)})])


def _ranked(ranking: Ranking, key: str, place: int, mean: float, sd: float, n: int, line: int) -> RankedProposal:
    half, most = n // 20, n // 8
    return RankedProposal(
        ranking=ranking,
        proposal_id=key,
        position=place,
        n_reviews=REVIEWS,
        raw_mean=mean,
        mean=mean,
        sd=sd,
        expected_rank=place,
        rank_low50=max(1, place - half),
        rank_high50=min(n, place + half),
        rank_low90=max(1, place - most),
        rank_high90=min(n, place + most),
        p_top=float(np.clip(0.5 + (line - place) / (2 * most + 1), 0, 1)),
    )


def _decision(decided: DecisionList, key: str, place: int, line: int) -> Decision:
    outcome = Outcome.FUND if place <= line else Outcome.DECLINE
    amount = 600_000 if place <= line else None
    return Decision(
        decision_list=decided, proposal_id=key, position=place, by_rule=outcome, outcome=outcome, amount=amount
    )
