"""A call of one programme type in which every guarded field of every state holds a word of its own (a canary).

An app takes part by a module ``tests/apps/APP/channels.py``, found by its name; see docs/explanation/access.md.
"""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.engines.workflow.test_simulate import PATHS
from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.audit.facade import append
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import Decision, DecisionList, Draw, RankedProposal, Ranking
from yuantou.apps.files.facade import store
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.models import Attachment, Member, Proposal, ProposalVersion, Remark
from yuantou.apps.registry.models import Organisation, Person
from yuantou.apps.review.models import Assignment, Conflict, Expert, MatchRun, Review
from yuantou.apps.review.summaries import rebuild
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.selection import by_reveal, commit, freeze_entries, hold_draw
from yuantou.engines.workflow import ProgrammeType, in_phase, load_programme_type, visible_fields
from yuantou.engines.workflow.model import FieldType
from yuantou.engines.workflow.visibility import JUDGING
from yuantou.kernel.hashing import content_hash

# The words of a record, and the fields of the visibility rules of which any one grants a word.
GRANTED_BY = {
    "number": {"number"},
    "title": {"title"},
    "answer": {"answers"},
    "hidden": {"answers"},
    "abstract": {"answers", "abstract"},
    "applicant": {"applicant"},
    "member": {"members"},
    "organisation": {"organisation"},
    "history": {"history"},
    "receipt": {"receipt"},
    "attachment": {"attachments"},
    "conflict": {"conflicts"},
    "assigned": {"assignments"},
    "term": {"assignments"},
    "comments": {"reviews", "comments"},
    "confidential": {"reviews"},
    "ranking": {"ranking"},
    "decision": {"decision"},
    "override": {"ranking"},
}
ALL = frozenset().union(*GRANTED_BY.values())
OWN_REVIEW = {"comments", "confidential"}
OWN_NAME = {"applicant": "applicant", "member": "member", "reviewer": "assigned"}
JUDGED = ("accepted", "in_review", "awarded", "declined")
BY_STATE = ("applicant", "member", "declined", "reviewer", "invitee", "conflicted_reviewer")
STANDING = ("public", "stranger", "office", "other_office", "officer", "conflicted_officer", "signatory", "operator")
ROLE = {"office": "institution"}
SHOWN_TO_NOBODY = {
    ("panel", "ranking"): "the item shows rank and chances, not the mean of the scores",
    ("panel", "override"): "the reason stands in the list of decisions, which panels do not open",
}
"""What is granted to a role and yet stands on no page of theirs, with the reason."""


@cache
def channels() -> tuple[ModuleType, ...]:
    """Return what the apps registered: every ``channels.py`` beside the tests of an app."""
    found = sorted(path.parent.name for path in Path(__file__).parent.glob("*/channels.py"))
    return tuple(import_module(f"tests.apps.{app}.channels") for app in found)


def standing() -> tuple[str, ...]:
    """Return the readers whose role is of the whole call."""
    return STANDING + tuple(role for app in channels() for role in getattr(app, "STANDING", {}))


def words() -> dict[str, set[str]]:
    """Return the names of all words, and the fields of which any one grants it."""
    return GRANTED_BY | {name: by for app in channels() for name, by in getattr(app, "GRANTED_BY", {}).items()}


def different_rules() -> dict[str, list[str]]:
    """Return, by programme type, the states to plant: each set of rules that any type has in any state, once.

    Two types of which nobody may see more or less in a state than under the other are one case there.
    """
    programmes = shipped()
    alike: dict[Any, list[str]] = defaultdict(list)
    for programme in programmes.values():
        others = {
            (rule.record, role, rule.states, rule.fields)
            for rule in programme.visibility
            for role in rule.roles
            if rule.record not in {"proposal", "project"}
        }
        hidden = frozenset().union(*(item.hidden_from for item in programme.fields))
        for state in programme.machine("proposal").states:
            grants = frozenset(
                (role, field)
                for role in {role for rule in programme.visibility for role in rule.roles}
                for field in visible_fields(programme, "proposal", state=state.id, roles={role}, fields=ALL)
            )
            alike[state.id, grants, hidden, frozenset(others)].append(programme.id)
    chosen: dict[str, list[str]] = defaultdict(list)
    for (state, *_rules), types in alike.items():
        chosen[next((one for one in types if one in chosen), types[0])].append(state)
    return {one: sorted(states) for one, states in chosen.items()}


def chosen_rules(config: pytest.Config, types: int = 2, states: int = 2) -> dict[str, list[str]]:
    """Return what to plant in this run: with `--deep` every different rule, else a few drawn by the seed of the run.

    ``tests/run.py`` prints the seed, and ``--seed`` repeats it.
    """
    if config.getoption("--deep"):
        return different_rules()
    rng = random.Random(config.getoption("randomly_seed"))
    drawn = rng.sample(sorted(shipped()), types)
    known = {one: sorted(state.id for state in shipped()[one].machine("proposal").states) for one in drawn}
    judged = {one: rng.choice([state for state in JUDGED if state in known[one]]) for one in drawn}
    return {one: sorted({judged[one], *rng.sample(known[one], states)}) for one in drawn}


@cache
def shipped() -> dict[str, ProgrammeType]:
    """Return every shipped programme type by its id."""
    parents = {path.stem.lstrip("_"): path.read_text("utf-8") for path in PATHS[0].parent.glob("_*.toml")}
    loaded = [load_programme_type(path.read_text("utf-8"), name=path.name, parents=parents) for path in PATHS]
    return {programme.id: programme for programme in loaded}


@dataclass
class Planted:
    """The call, and for each state one proposal, its words and its people."""

    world: World
    row: ProgrammeTypeVersion
    states: list[str]
    call: Call = field(init=False)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    words: dict[tuple[str, str], str] = field(default_factory=dict)
    users: dict[tuple[str, str], User | None] = field(default_factory=dict)
    assignments: dict[tuple[str, str], Assignment] = field(default_factory=dict)
    browsers: dict[Any, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Plant everything."""
        world, now = self.world, self.world.now
        self.call = Call.objects.create(
            programme_type=self.row,
            agency=world.agency,
            title_zh="矩阵",
            title_en="Matrix",
            opens_at=now - dt.timedelta(days=60),
            closes_at=now - dt.timedelta(days=30),
            budget=1_000_000,
            state="ranked",
            created_at=now,
        )
        people = {"public": None, "stranger": world.stranger, "office": world.office, "officer": world.officer}
        people |= {"signatory": world.signatory, "operator": User.objects.create_superuser("op@example.org", "x")}
        people |= {name: world.user(name, world.institute) for name in ("other_office", "conflicted_officer")}
        RoleGrant.objects.create(user=people["other_office"], role="institution", organisation=world.institute)
        RoleGrant.objects.create(user=people["conflicted_officer"], role="officer", organisation=world.agency)
        self.users = {(role, state): user for role, user in people.items() for state in self.states}
        job = Job.objects.create(kind="matching", subject=self.call.pk, state="done", created_at=now)
        self.run = MatchRun.objects.create(call=self.call, job=job, created_at=now)
        job = Job.objects.create(kind="ranking", subject=self.call.pk, state="done", created_at=now)
        self.ranking = Ranking.objects.create(call=self.call, job=job, input_hash="f" * 64, created_at=now)
        self.list = DecisionList.objects.create(
            call=self.call,
            ranking=self.ranking,
            rule="line",
            budget=1_000_000,
            state="published",
            published_at=now,
            created_at=now,
        )
        for position, state in enumerate(self.states, 1):
            self._plant(position, state)
        self._plant_draw()
        for app in channels():
            if hasattr(app, "plant"):
                app.plant(self)
        rebuild(self.call)

    def stand(self, role: str, user: User) -> None:
        """Let an app add somebody who has one role in the whole call."""
        self.users |= {(role, state): user for state in self.states}

    def word(self, name: str, state: str) -> str:
        """Return a new word and keep it."""
        return self._word(name, state)

    def _word(self, name: str, state: str) -> str:
        position = self.states.index(state) + 1
        word = f"{70 + position}{position % 10}.{position % 10}7" if name == "ranking" else f"z{name}z{position}z"
        word = content_hash(word) if name == "receipt" else word
        self.words[name, state] = word
        return word

    def _person(self, role: str, state: str, name: str) -> User:
        person = Person.objects.create(name_zh=name, name_en=name, email=f"{role}-{state}@example.org")
        user = User.objects.create_user(person.email, "x", person=person)
        self.users[role, state] = user
        return user

    def _plant(self, position: int, state: str) -> None:
        now, word = self.world.now, lambda name: self._word(name, state)
        home = Organisation.objects.create(name_zh=word("organisation"), name_en=self.words["organisation", state])
        RoleGrant.objects.create(user=self.world.office, role="institution", organisation=home)
        proposal = Proposal.objects.create(
            call=self.call,
            number=word("number"),
            applicant=self._person("applicant", state, word("applicant")).person,
            organisation=home,
            discipline_id="A01",
            title_zh=word("title"),
            title_en=self.words["title", state],
            answers=self._answers(word),
            requested=100_000,
            state=state,
            created_at=now,
            saved_at=now,
            submitted_at=now,
        )
        self.proposals[state] = proposal
        member, declined = self._person("member", state, word("member")), self._person("declined", state, "谢绝者")
        conflicted = self.users["conflicted_officer", state]
        for user, answer in ((member, "confirmed"), (declined, "refused"), (conflicted, "refused")):
            Member.objects.create(proposal=proposal, email=user.email, person=user.person, state=answer, invited_at=now)
        entry = append(at=now, actor="user:0", act="proposal.return", kind="proposal", key=proposal.pk)
        Remark.objects.create(
            proposal=proposal, act="proposal.return", text=word("history"), ledger_index=entry.index, at=now
        )
        ProposalVersion.objects.create(
            proposal=proposal,
            number=1,
            answers=proposal.answers,
            content_hash=word("receipt"),
            submitted_at=now,
            ledger_index=entry.index,
        )
        file = store(state.encode(), media_type="application/pdf", now=now)
        Attachment.objects.create(proposal=proposal, file=file, name=f"{word('attachment')}.pdf", added_at=now)
        if state in JUDGED:
            self._plant_review(proposal, state, word)
            self._plant_decision(proposal, state, word)

    def _plant_decision(self, proposal: Proposal, state: str, word: Any) -> None:
        position = self.ranking.rows.count() + 1
        RankedProposal.objects.create(
            ranking=self.ranking,
            proposal=proposal,
            position=position,
            n_reviews=1,
            raw_mean=float(word("ranking")),
            **dict.fromkeys(("mean", "sd", "expected_rank", "p_top"), 0.5),
            **dict.fromkeys(("rank_low50", "rank_high50", "rank_low90", "rank_high90"), 1),
        )
        outcome = "fund" if state == "awarded" else "decline"
        Decision.objects.create(
            decision_list=self.list,
            proposal=proposal,
            position=position,
            by_rule=outcome,
            outcome=outcome,
            amount=100_000,
            reason_zh=word("decision"),
            reason_en=self.words["decision", state],
            override_reason=word("override"),
        )

    def _plant_draw(self) -> None:
        judged = [row.pk for state, row in self.proposals.items() if state in JUDGED]
        frozen = freeze_entries(dict.fromkeys(judged, 1 / max(len(judged), 1)), min(len(judged), 1))
        secrets = {"officer": "o" * 40, "signatory": "s" * 40}
        source = by_reveal({party: commit(secret) for party, secret in secrets.items()}, secrets)
        document = hold_draw(frozen, frozen_at=self.world.now, source=source)
        Draw.objects.create(decision_list=self.list, frozen=frozen, frozen_at=self.world.now, document=document)

    def _answers(self, word: Any) -> dict[str, str]:
        answers: dict[str, str] = {}
        for item in self.row.programme.fields:
            if item.type not in {FieldType.TEXT, FieldType.LONG_TEXT} or item.id.startswith("public"):
                continue
            name = "hidden" if item.hidden_from else "abstract" if item.id == "abstract" else "answer"
            answers |= dict.fromkeys(item.keys, "" if item.id == "title" else word(name))
        return answers

    def _plant_review(self, proposal: Proposal, state: str, word: Any) -> None:
        now = self.world.now
        for role, name, at in (
            ("reviewer", word("assigned"), "submitted"),
            ("invitee", "受邀者", "invited"),
            ("conflicted_reviewer", "冲突者", "accepted"),
        ):
            expert = Expert.objects.create(person=self._person(role, state, name).person)
            self.assignments[role, state] = Assignment.objects.create(
                call=self.call,
                proposal=proposal,
                expert=expert,
                run=self.run,
                state=at,
                explanation={"terms": [word("term")]},
                due_at=now,
                created_at=now,
            )
            if role == "conflicted_reviewer":
                Conflict.objects.create(
                    proposal=proposal, expert=expert, kind="coauthor", evidence=word("conflict"), status="potential"
                )
        Review.objects.create(
            assignment=self.assignments["reviewer", state],
            comments=word("comments"),
            confidential=word("confidential"),
            submitted_at=now,
            content_hash="e" * 64,
        )

    def browser(self, role: str, state: str) -> Client:
        """Return the browser of whoever has a role with regard to the proposal in a state."""
        user = self.users[role, state]
        if user not in self.browsers:
            self.browsers[user] = Client()
            if user is not None:
                self.browsers[user].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return self.browsers[user]

    def granted(self, role: str, of: str, state: str) -> set[str]:
        """Return the words of the proposal in ``state`` granted to the person who has ``role`` on that in ``of``."""
        roles = {"public"}
        if role in standing() or of == state:
            roles |= next((app.STANDING[role] for app in channels() if role in getattr(app, "STANDING", {})), set())
            own = ROLE.get(role, role)
            roles.add(in_phase(own, self.row.programme.phases[0]) if own in JUDGING else own)
        fields = visible_fields(self.row.programme, "proposal", state=state, roles=roles, fields=ALL)
        found = {word for word, by in words().items() if by & fields}
        if any(ROLE.get(role, role) in item.hidden_from for item in self.row.programme.fields):
            found.discard("hidden")
        if role == "operator":
            found.add("number")  # operators find a record by its number and see its state; nothing else
        if role == "reviewer" and of == state and fields:
            found |= OWN_REVIEW
        return found

    def cells(self, role: str, of: str, states: list[str], text: str) -> Iterator[tuple[str, str, str]]:
        """Yield state and word, and how it fares: ``kept`` (denied and absent), ``leak``, ``shown`` or ``silent``."""
        for state in states:
            granted = self.granted(role, of, state)
            for name in words():
                word = self.words.get((name, state))
                if word is None or (OWN_NAME.get(role) == name and of == state):
                    continue
                there = word in text
                yield state, name, ("shown" if there else "silent") if name in granted else "leak" if there else "kept"


def record_pages(planted: Planted, state: str) -> dict[str, str]:
    """Return the address of every channel of one proposal."""
    pk = planted.proposals[state].pk
    file = planted.proposals[state].attachments.first()
    pages = ("detail", "edit", "missing", "submit", "receipt", "pdf", "withdraw")
    found = {f"proposals:{page}": reverse(f"proposals:{page}", args=[pk]) for page in pages}
    found["file"] = reverse("proposals:attachment", args=[pk, file.pk])
    found["decisions:outcome"] = reverse("decisions:outcome", args=[pk])
    found["decisions:award"] = reverse("decisions:award", args=[pk])
    found["review:proposal"] = reverse("review:proposal", args=[pk])
    found["workflow:ledger"] = reverse("workflow:ledger", args=["proposal", pk])
    for role in ("reviewer", "invitee", "conflicted_reviewer") if state in JUDGED else ():
        found[f"review:assignment/{role}"] = reverse("review:assignment", args=[planted.assignments[role, state].pk])
    found["proposals:receipt_json"] = reverse("proposals:receipt_json", args=[pk])
    if state in JUDGED:
        found["review:read"] = reverse("review:read", args=[planted.assignments["reviewer", state].pk])
    for app in channels():
        found |= app.record_pages(planted, state) if hasattr(app, "record_pages") else {}
    return found


def list_pages(planted: Planted) -> dict[str, str]:
    """Return the address of every list, count, search, order and export."""
    call = planted.call.pk
    found = {
        name: reverse(name)
        for name in ("home", "proposals:mine", "proposals:institution", "review:mine", "decisions:awards")
    }
    found |= {name: reverse(name, args=[call]) for name in ("call_room", "review:room", "review:progress")}
    found |= {name: reverse(name, args=[call]) for name in ("proposals:formal_check", "decisions:room", "calls:detail")}
    for name in ("review:compare", "review:pool", "review:familiarity"):
        found[name] = reverse(name, args=[call])
    found |= {name: reverse(name, args=[call]) for name in ("decisions:agenda", "decisions:what_if")}
    found |= {name: reverse(name) for name in ("policy:coverage", "calls:list")}
    found["ledger of the call"] = reverse("workflow:ledger", args=["call", call])
    found["draw.json"] = reverse("decisions:document", args=[planted.list.pk])
    found["export"] = reverse("decisions:awards_csv")
    for name in ("proposals:institution", "proposals:formal_check"):
        found[f"{name} all"] = f"{found[name]}?state=all"
        found[f"{name} any"] = f"{found[name]}?state="
    for name, orders in {
        "proposals:formal_check": ("number", "-amount"),
        "proposals:institution": ("-amount",),
        "review:room": ("-weakest",),
        "decisions:room": ("-rank", "plain"),
        "decisions:awards": ("-amount",),
    }.items():
        found |= {f"sort {name} {order}": f"{found[name]}?sort={order}" for order in orders}
    found["operators"] = reverse("admin:proposals_proposal_changelist")
    found["operators' runs"] = reverse("admin:review_matchrun_changelist")
    found["operators' letters"] = reverse("admin:workflow_letter_changelist")
    for app in channels():
        found |= app.list_pages(planted) if hasattr(app, "list_pages") else {}
    return found
