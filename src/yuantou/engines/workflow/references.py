"""Does everything that a kind names exist, and has it all that code takes by name? Every finding names the place."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol

from yuantou.engines.workflow.finding import Finding
from yuantou.engines.workflow.model import (
    BudgetRegime,
    FieldType,
    Letter,
    Machine,
    PhaseKind,
    ProgrammeType,
    VisibilityRule,
)
from yuantou.engines.workflow.vocabulary import Vocabulary
from yuantou.kernel.local_text import LocalText

ALWAYS = frozenset({"system", "public"})
"""Roles that nobody is given: the platform itself, and everybody."""


class Kind(Protocol):
    """What a kind of call and a register share."""

    @property
    def roles(self) -> Mapping[str, LocalText]:
        """Names of roles."""
        ...

    @property
    def machines(self) -> Mapping[str, Machine]:
        """Machines by record."""
        ...

    @property
    def visibility(self) -> tuple[VisibilityRule, ...]:
        """The grants."""
        ...

    @property
    def letters(self) -> Mapping[str, Letter]:
        """The letters by name."""
        ...


def shared_findings(
    kind: Kind, name: str, known: Vocabulary | None, *, held: Collection[str] = ()
) -> Iterator[Finding]:
    """Yield what a kind of call (``name`` is ``call``) or a register names that is not there, and what it lacks.

    ``held`` are roles that the kind itself gives to people. Without a vocabulary only the kind's own names are judged.
    """
    yield from _grants(kind, name, known)
    if known is not None:
        yield from _acts(kind, known)
        yield from _meanings(kind, known)
        yield from _letters(kind, known)
        for role in sorted(set(kind.roles) - known.names("role") - set(held) - ALWAYS):
            yield _none("role", f"roles.{role}", role)


def _none(what: str, where: str, name: str, there: Collection[str] = ()) -> Finding:
    words = {
        "role": ("没有人能担任的角色", "role that anybody can hold"),
        "record": ("记录", "record"),
        "state": ("状态", "state"),
        "field": ("字段", "field"),
        "meaning": ("由程序使用的状态含义", "meaning that code asks for"),
        "act": ("由程序执行的操作", "step that anything takes"),
        "letter": ("会发出的通知：没有步骤或事件（on）使用它", "letter that any step or event (on) sends"),
        "event": ("可触发通知的事件", "event that sends letters"),
        "recipient": ("可寄送的角色", "role that letters about it reach"),
        "placeholder": ("占位符", "placeholder"),
        "clause": ("条款", "clause"),
        "decision_rule": ("决定规则", "decision rule"),
        "currency": ("计量单位", "currency or unit"),
        "words": ("由页面提供的词表或其中的词", "list of words that a page offers, or word of it"),
        "pack": ("指标包", "pack of indicators"),
    }
    zh, en = words[what]
    known = ", ".join(sorted(there)[:40])
    remedy = (f"可用：{known}。", f"There are: {known}.") if known else ("请改名或删除。", "Rename or remove it.")
    return f"unknown_{what}", where, (f"“{name}”不是{zh}。", f"“{name}” is no {en}."), remedy


def _lacks(what: str, where: str, name: str) -> Finding:
    message = (f"缺少程序按名称使用的“{name}”。", f"“{name}”, which code takes by name, is missing.")
    return f"lacks_{what}", where, message, ("请勿改名或删除。", "Do not rename or remove it.")


def _grants(kind: Kind, name: str, known: Vocabulary | None) -> Iterator[Finding]:
    for rule in kind.visibility:
        where, machine = f"visibility.{rule.record}", kind.machines.get(rule.record)
        states = {state.id for state in machine.states} if machine else set()
        if known is not None:
            states |= known.names(f"state:{rule.record}")
            fields = known.names(f"field:{rule.record}")
            if not fields:
                yield _none("record", where, rule.record)
                continue
            yield from (_none("field", where, one, fields) for one in sorted(rule.fields - fields - {"*"}))
        if not states:
            if known is not None or name != "call":  # only code knows the records of calls that have no machine
                yield _none("record", where, rule.record, kind.machines)
            continue
        yield from (_none("state", where, one, states) for one in sorted(rule.states - states - {"*"}))
        for role in sorted(rule.roles):
            if role.partition("@")[0] not in kind.roles:
                yield _none("role", where, role, kind.roles)


def _acts(kind: Kind, known: Vocabulary) -> Iterator[Finding]:
    for record, machine in kind.machines.items():
        taken, there = known.names(f"act:{record}"), {transition.id for transition in machine.transitions}
        if not taken and not known.has("acts", record):
            yield _none("record", f"machine.{record}", record)
            continue
        yield from (_lacks("act", f"machine.{record}", act) for act in sorted(taken - there))
        if not known.has("acts", record):
            for act in sorted(there - taken):
                yield _none("act", f"machine.{record}.transition.{act}", act, taken)


def _meanings(kind: Kind, known: Vocabulary) -> Iterator[Finding]:
    """What a state means is one of the meanings code asks for, each is there, and no state changes its meaning."""
    for record, machine in kind.machines.items():
        asked, elsewhere = known.names(f"tag:{record}"), known.names(f"is:{record}")
        for state in machine.states:
            where = f"machine.{record}.state.{state.id}"
            yield from (_none("meaning", where, tag, asked) for tag in sorted(state.tags - asked))
            usual = {word.partition(" ")[2] for word in elsewhere if word.partition(" ")[0] == state.id}
            if usual and state.tags != usual - {""}:
                means = ", ".join(sorted(usual - {""})) or "–"
                message = (f"“{state.id}”在别处的含义不同。", f"“{state.id}” means something else in other kinds.")
                remedy = (f"请写 is = [{means}]，或换一个名称。", f"Say is = [{means}], or give it another id.")
                yield "other_meaning", where, message, remedy
        held = frozenset[str]().union(*(state.tags for state in machine.states))
        for tag in sorted(asked - held):
            message = (f"没有任何状态具有程序所问的含义“{tag}”。", f"No state means “{tag}”, which code asks for.")
            remedy = (f'请在某个状态写 is = ["{tag}"]。', f'Say is = ["{tag}"] with the state that it is.')
            yield "lacks_meaning", f"machine.{record}", message, remedy


def _letters(kind: Kind, known: Vocabulary) -> Iterator[Finding]:
    yield from _events(kind, known)
    for letter, text in kind.letters.items():
        about = _about(kind, letter)
        if not about:
            if not text.on:
                yield _none("letter", f"letter.{letter}", letter)
            continue
        reached = frozenset.intersection(*(known.names(f"to:{record}") for record in about))
        yield from (
            _none("recipient", f"letter.{letter}", role, reached) for role in sorted(set(text.to) - reached) if reached
        )
        allowed = frozenset.intersection(*(known.names(f"says:{record}") for record in about))
        sides = (text.subject.zh, text.subject.en, text.body.zh, text.body.en)
        # All that stands in braces, and a brace left alone: what is no plain placeholder would fail when it is sent.
        used = {word for side in sides for word in _braced(side)}
        for word in sorted(used - allowed):
            yield _none("placeholder", f"letter.{letter}", f"{{{word}}}", {f"{{{one}}}" for one in allowed})


def _events(kind: Kind, known: Vocabulary) -> Iterator[Finding]:
    events = {f"{record}.{event}" for record in kind.machines for event in known.names(f"event:{record}")}
    for letter, text in kind.letters.items():
        if text.on and text.on not in events:
            yield _none("event", f"letter.{letter}", text.on, events)


def _about(kind: Kind, letter: str) -> set[str]:
    """Return the records that a letter is about: those with a step that names it, and the one of its event."""
    stepping = {
        record
        for record, machine in kind.machines.items()
        if any(transition.letter == letter for transition in machine.transitions)
    }
    return stepping | ({kind.letters[letter].on.partition(".")[0]} & set(kind.machines))


def _braced(text: str) -> set[str]:
    """Return what a text has in braces; a brace without its other half gives what could never be a placeholder.

    >>> sorted(_braced("{title} {person.name} {")), sorted(_braced("a } b"))
    (['person.name', 'title', '{'], ['}'])
    """
    rest = re.sub(r"\{[^{}]*\}", "", text)
    return set(re.findall(r"\{([^{}]*)\}", text)) | {brace for brace in "{}" if brace in rest}


def word_findings(
    lists: Mapping[str, list[Mapping[str, Any]]], name: str, known: Vocabulary | None
) -> Iterator[Finding]:
    """Yield what is wrong with the lists of words of a register: none that code offers may lack, none may be idle."""
    if known is None:
        return
    offered = known.names(f"words:{name}")
    yield from (_lacks("words", f"words.{one}", one) for one in sorted(offered - set(lists)))
    yield from (_none("words", f"words.{one}", one, offered) for one in sorted(set(lists) - offered))
    schemes = {row["id"] for row in lists.get("scheme", ())}
    for key, rows in lists.items():
        for row in rows:
            where = f"words.{key}.{row['id']}"
            if "scheme" in row and row["scheme"] not in schemes:
                yield _none("words", where, row["scheme"], schemes)
            if "pack" in row and not known.has("pack", row["pack"]):
                yield _none("pack", where, row["pack"], known.names("pack"))


def call_findings(programme: ProgrammeType, known: Vocabulary | None) -> Iterator[Finding]:
    """Yield what only a kind of call names: clauses, the decision rule, roles of forms, separations and money."""
    roles = set(programme.roles)
    for field in (*programme.fields, *programme.terms):
        for role in sorted({role.partition("@")[0] for role in field.hidden_from} - roles):
            yield _none("role", f"form.{field.id}", role, roles)
    for separation in programme.separations:
        for role in sorted(set(separation.roles) - roles - {"solver"}):
            yield _none("role", "separation", role, roles | {"solver"})
    fields = {field.id: field for field in programme.fields}
    for agency in programme.project.agencies:
        if agency.field not in fields:
            yield _none("field", f"project.agency.{agency.id}", agency.field, fields)
    if programme.project.parts != "agencies" and programme.decision.pots != ("one",):
        message = ("没有任何程序使用这些资金来源。", "Nothing uses these pots: the award is not split among agencies.")
        remedy = ('请写 project.parts = "agencies"，或删除 pots。', 'Say project.parts = "agencies", or remove pots.')
        yield "idle_pots", "decision.pots", message, remedy
    yield from _lump_sum(programme)
    if known is not None:
        yield from _closed_words(programme, known)


def _closed_words(programme: ProgrammeType, known: Vocabulary) -> Iterator[Finding]:
    for clause in programme.clauses:
        if not known.has("clause", clause):
            yield _none("clause", f"clauses.{clause}", clause)
    if not known.has("decision rule", programme.decision.rule):
        yield _none("decision_rule", "decision.rule", programme.decision.rule, known.names("decision rule"))
    if not known.has("currency", programme.budget.currency):
        yield _none("currency", "budget.currency", programme.budget.currency, known.names("currency"))
    for field in sorted(known.names("form") - {field.id for field in programme.fields}):
        yield _lacks("field", f"form.{field}", field)


def _lump_sum(programme: ProgrammeType) -> Iterator[Finding]:
    """A lump sum asks for one amount, and for what each agency pays of it; every other amount is a budget line."""
    if programme.budget.regime is not BudgetRegime.LUMP_SUM:
        return
    allowed = {programme.budget.asked, *(agency.field for agency in programme.project.agencies)}
    for field in programme.fields:
        if field.type is FieldType.MONEY and field.id not in allowed:
            message = ("包干制不得有预算科目。", "A lump sum cannot have budget lines.")
            yield "lump_sum_with_lines", f"form.{field.id}", message, ("请删除该字段。", "Remove this field.")


def held_roles(programme: ProgrammeType) -> set[str]:
    """Return the roles that a kind of call itself gives to people: named, writing a field, judging in a phase."""
    judging = (phase for phase in programme.review.phases if phase.kind is not PhaseKind.RESPONSE)
    return {
        *programme.appointed,
        *(field.writer for field in programme.fields if field.writer),
        *(actor for phase in judging for actor in phase.actors),
    }
