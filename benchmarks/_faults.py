"""Forty faults that a user would suffer from, by hand and all over the product; `test_strength.py` tries them.

Each was chosen by what it would do to people, before anybody looked whether a test catches it.
"""

from typing import Final, NamedTuple

ENGINES: Final = "src/yuantou/engines"
APPS: Final = "src/yuantou/apps"
TYPES: Final = "src/yuantou/programme_types"
REGISTERS: Final = "src/yuantou/registers"


class Fault(NamedTuple):
    """A change of one file that must not go unnoticed: ``old`` stands there exactly once; ``why`` is what breaks."""

    file: str
    old: str
    new: str
    why: str


FAULTS: Final = (
    # --- engines ------------------------------------------------------------------------------------------------------
    Fault(
        f"{ENGINES}/workflow/machine.py",
        "answer = facts.get(guard, False)",
        "answer = facts.get(guard, True)",
        "a guard that nobody worked out counts as met",
    ),
    Fault(
        f"{ENGINES}/workflow/visibility.py",
        'return NAMES | {"attachments"}',
        "return NAMES",
        "enclosures, which may name the applicant, are open to double-blind reviewers",
    ),
    Fault(
        f"{ENGINES}/workflow/phases.py",
        'same_house = separation.scope == "organisation" and bool(one.organisations & other.organisations)',
        "same_house = False",
        "colleagues of one institution pose, solve and judge together",
    ),
    Fault(
        f"{ENGINES}/workflow/loader.py",
        'narrowed = replace(rule, roles=concerned, fields=rule.fields - set(item["fields"]))',
        "narrowed = replace(rule, roles=concerned, fields=rule.fields)",
        "what a type conceals from a role stays visible to it",
    ),
    Fault(
        f"{ENGINES}/matching/conflicts.py",
        '(pl.col("year") >= since)',
        '(pl.col("year") > since)',
        "joint works of the last year that counts are no conflict any more",
    ),
    Fault(
        f"{ENGINES}/calibration/ranks.py",
        "self.within += (ranks <= self.top).sum(axis=0)",
        "self.within += (ranks < self.top).sum(axis=0)",
        "the chance to be among the funded is counted for one place less",
    ),
    Fault(
        f"{ENGINES}/selection/draw.py",
        'return content_hash({"entries_hash": document["entries_hash"], "revealed": revealed})',
        'return content_hash({"entries_hash": document["entries_hash"], "revealed": len(revealed)})',
        "the draw ignores the secrets: whoever knows the list knows who wins",
    ),
    Fault(
        f"{ENGINES}/ledger/merkle.py",
        "return last == 0 and old == old_root and new == new_root",
        "return last == 0 and new == new_root",
        "a ledger that rewrote its past is taken for one that only grew",
    ),
    Fault(
        f"{ENGINES}/reuse/passages.py",
        "if masked[i]:",
        "if masked[i] and i < 0:",
        "boilerplate of the form counts as reused text",
    ),
    Fault(
        f"{ENGINES}/scheduling/checker.py",
        'if row["start"] < before["stop"] + setup:',
        'if row["start"] < before["stop"]:',
        "a plan without time to change the configuration passes the independent check",
    ),
    Fault(
        f"{ENGINES}/indicators/compute.py",
        "if since is not None and since < year <= period:",
        "if since is not None and since < year < period:",
        "growth into the very year in which a series broke is published",
    ),
    Fault(
        f"{ENGINES}/policy/mission.py",
        "if policy.sha256 == mission.sha256:",
        "if policy.sha256:",
        "a policy text that was amended goes unnoticed",
    ),
    Fault(
        f"{ENGINES}/integrity/statistics.py",
        "return float(2 * stats.t.sf(size, first))",
        "return float(stats.t.sf(size, first))",
        "sound two-sided t-tests are reported as inconsistent",
    ),
    Fault(
        f"{ENGINES}/literature/citedness.py",
        'share, n = pl.col("free") / pl.col("known"), pl.col("known")',
        'share, n = pl.col("free") / pl.col("works"), pl.col("known")',
        "works of unknown status count as closed",
    ),
    Fault(
        f"{ENGINES}/text/instructions.py",
        "if not tagged and _UNSEEN.match(character):",
        "if tagged and _UNSEEN.match(character):",
        "orders to a language model that hide in unseen characters are not found",
    ),
    Fault(
        f"{ENGINES}/evaluation/wording.py",
        "pairs = [(sum(b) / len(b)) - (sum(a) / len(a)) for a, b in read.values() if a and b]",
        "pairs = [(sum(a) / len(a)) - (sum(b) / len(b)) for a, b in read.values() if a and b]",
        "what promotional wording was worth is told with the wrong sign",
    ),
    # --- apps ---------------------------------------------------------------------------------------------------------
    Fault(
        f"{APPS}/workflow/access.py",
        'if getattr(user, "seen_by", None):\n        granted -= _judging[type(record)]',
        'if getattr(user, "seen_by", None):\n        granted -= frozenset()',
        "an operator reads reviews and rankings through another person's account",
    ),
    Fault(
        f"{APPS}/workflow/undo.py",
        "return bool(ours and untold and own and case.now < window.until and record.version == window.version)",
        "return bool(ours and untold and own and record.version == window.version)",
        "a decision can be undone long after its time",
    ),
    Fault(
        f"{APPS}/workflow/letters.py",
        "free = Letter.objects.filter(state=LetterState.QUEUED).exclude(waits_until__gt=now)",
        "free = Letter.objects.filter(state=LetterState.QUEUED)",
        "the letter of a step leaves while the step can still be undone",
    ),
    Fault(
        f"{APPS}/proposals/domain.py",
        "rows = Proposal.objects.filter(pk=proposal.pk, version=version or 0, state=proposal.state)",
        "rows = Proposal.objects.filter(pk=proposal.pk, state=proposal.state)",
        "what was typed in one window is overwritten by another",
    ),
    Fault(
        f"{APPS}/review/rules.py",
        "return Assignment.objects.filter(expert__person=user.person_id).exclude(_in_conflict())",
        "return Assignment.objects.filter(expert__person=user.person_id)",
        "a reviewer in conflict goes on reading the proposal",
    ),
    Fault(
        f"{APPS}/decisions/domain.py",
        "with transaction.atomic():\n        lists = DecisionList",
        "for _once in (True,):\n        lists = DecisionList",
        "publishing that fails half way leaves some applicants decided and told",
    ),
    Fault(
        f"{APPS}/projects/agreement.py",
        "part.task, part.amount, part.agreed_at = task, amount, None",
        "part.task, part.amount = task, amount",
        "a partner is bound by a share that was changed after consent",
    ),
    Fault(
        f"{APPS}/accounts/domain.py",
        "proved = EmailAddress.objects.filter(user=user, verified=True)",
        "proved = EmailAddress.objects.filter(user=user)",
        "whoever types somebody's address takes over the person on record",
    ),
    Fault(
        f"{APPS}/audit/domain.py",
        "head = TreeHead.objects.filter(size__gt=index)",
        "head = TreeHead.objects.filter(size__gte=index)",
        "a receipt rests on a signed root that does not cover its entry",
    ),
    Fault(
        f"{APPS}/facilities/running.py",
        "external = request.organisation_id != instrument.facility.organisation_id",
        "external = request.organisation_id == instrument.facility.organisation_id",
        "own use of an instrument is reported as open sharing",
    ),
    Fault(
        f"{APPS}/meetings/facts.py",
        "n = (here.exclude(absences__item=record) if item else here).count()",
        "n = here.count()",
        "members who must leave the room count for the quorum",
    ),
    Fault(
        f"{APPS}/hearing/facts.py",
        "for side in debate.stage.actors if side not in heard]",
        "for side in debate.stage.actors if not heard]",
        "a debate is closed after one side alone has spoken",
    ),
    Fault(
        f"{APPS}/directions/domain.py",
        'if not consultation.is_now.collecting or "scientist" not in roles_of(user, consultation):',
        "if not consultation.is_now.collecting:",
        "anybody with an account votes in a consultation",
    ),
    Fault(
        f"{APPS}/outcomes/facts.py",
        "return not any(row.is_now.asked for row in rows) and sum(row.is_now.given for row in rows) >= judges",
        "return not any(row.is_now.asked for row in rows)",
        "a round is concluded although too few assessments were given",
    ),
    Fault(
        f"{APPS}/integrity/cases.py",
        "by=None if hidden else user, at=now",
        "by=user, at=now",
        "evidence names the person who reported",
    ),
    Fault(
        f"{APPS}/registry/domain.py",
        '    _tell("affiliation.change", affiliation.person, actor, now, _stay(affiliation))\n',
        "",
        "a change of affiliation, from which conflicts follow, leaves no trace in the ledger",
    ),
    Fault(
        f"{APPS}/calls/domain.py",
        "if closes_at <= max(call.closes_at, now):",
        "if closes_at <= now:",
        "a published deadline is moved to an earlier instant",
    ),
    # --- data ---------------------------------------------------------------------------------------------------------
    Fault(
        f"{TYPES}/_standard.toml",
        'states = ["released"]\nfields = ["scores", "comments"]',
        'states = ["released"]\nfields = ["scores", "comments", "confidential"]',
        "applicants read what reviewers wrote to the agency in confidence",
    ),
    Fault(
        f"{TYPES}/_standard.toml",
        'needs_reason = true, letter = "not_accepted", undo = 10',
        "needs_reason = true, undo = 10",
        "applicants never learn that their proposal was not accepted",
    ),
    Fault(
        f"{REGISTERS}/facilities.toml",
        'actors = ["office", "manager"], guards = ["purchase_settled"], name',
        'actors = ["office", "manager"], name',
        "a costly instrument is ordered before the check for duplicates",
    ),
    # --- kernel, connectors, pipelines, command line ------------------------------------------------------------------
    Fault(
        "src/yuantou/kernel/seed.py",
        'digest = hashlib.sha256(f"{self.value}/{name}".encode()).digest()',
        "digest = hashlib.sha256(name.encode()).digest()",
        "the seed of a run changes nothing",
    ),
    Fault(
        "src/yuantou/connectors/files/cells.py",
        "UNITS.get(own.upper(), unit), 6), text)",
        "UNITS.get(own.upper(), 1.0), 6), text)",
        "amounts under a heading in 万元 are read as 元",
    ),
    Fault(
        "src/yuantou/pipelines/decision.py",
        "if 0 < units < unit), reverse=True)",
        "if 0 < units < unit))",
        "a lottery can give away more than the budget",
    ),
    Fault(
        "src/yuantou/cli/match.py",
        "raise typer.Exit(0 if whole else 1)",
        "raise typer.Exit(0)",
        "a script does not learn that reviewers were short",
    ),
)
