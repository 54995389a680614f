"""What code can answer, take and send: each app says so beside the code that does it, and kinds are judged by it.

``provides`` and ``posts`` (facts), ``takes`` (transitions by name), ``announces`` (what sends letters), ``knows``
(everything else). The spaces are those of ``engines.workflow.vocabulary``.
"""

from collections import defaultdict

from django.db.models import Model

from yuantou.apps.workflow.access import guarded_models
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.apps.workflow.roles import reached_names
from yuantou.apps.workflow.states import declared_meanings, meanings_of, shipped_meanings
from yuantou.engines.workflow import Vocabulary

_letters_about: dict[str, type[Model]] = {}
_words: dict[str, set[str]] = defaultdict(set)


def knows(space: str, *names: str) -> None:
    """Add words to a space."""
    _words[space] |= set(names)


def takes(record: str, *acts: str, others: bool = False) -> None:
    """Declare the transitions of a record that code takes by name; ``others`` says that it takes any other as well."""
    knows(f"act:{record}", *acts)
    if others:
        knows("acts", record)


def announces(record: str, *events: str) -> None:
    """Declare what sends letters about a record beside its steps: a naming, the pass of a clock."""
    knows(f"event:{record}", *events)


def writes_to(record: str, model: type[Model]) -> None:
    """Declare that letters about a record go to those whom the roles of a model name; later apps may add some."""
    _letters_about[record] = model


def vocabulary(*, published: bool = False) -> Vocabulary:
    """Return all that is known: guarded fields and columns, and what states mean in the shipped kinds.

    ``published`` adds the states of every kind that was published here: what a new one must agree with.
    """
    fields = {
        space: names
        for record, (model, readers) in guarded_models().items()
        for space, names in (
            (f"field:{record}", set(readers)),
            (f"column:{record}", {column.attname for column in model._meta.concrete_fields}),
        )
    }
    if published:
        ProgrammeTypeVersion.learn_all()
    meant = {
        f"is:{record}": {f"{state} {tag}".strip() for state, tags in states.items() for tag in tags or ("",)}
        for record in declared_meanings()
        for states in [meanings_of(record) if published else shipped_meanings().get(record, {})]
    }
    reached = {f"to:{record}": set(reached_names(model)) for record, model in _letters_about.items()}
    tags = {f"tag:{record}": set(asked) for record, asked in declared_meanings().items()}
    return Vocabulary.of([*_words.items(), *fields.items(), *meant.items(), *reached.items(), *tags.items()])
