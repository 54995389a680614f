"""What other apps may use of the workflow."""

from yuantou.apps.workflow.access import (
    FEWEST,
    Seen,
    enough,
    granted_states,
    guarded,
    resolves_roles,
    roles_of,
    see,
    visible_states,
)
from yuantou.apps.workflow.criteria import banned_as_criterion, counted_in, flagged_in
from yuantou.apps.workflow.domain import (
    SYSTEM,
    change_state,
    continuations,
    continues,
    publish_programme_types,
    stale,
    summarises,
)
from yuantou.apps.workflow.facts import ANY, Case, acts_of, facts_of, posts, provides
from yuantou.apps.workflow.letters import Recipient, corresponds, send_letters, write_letter
from yuantou.apps.workflow.refusing import not_yours, only
from yuantou.apps.workflow.registers import register_of
from yuantou.apps.workflow.vocabulary import knows, sends, takes, vocabulary
from yuantou.engines.workflow import Lacking

__all__ = [
    "ANY",
    "FEWEST",
    "SYSTEM",
    "Case",
    "Lacking",
    "Recipient",
    "Seen",
    "acts_of",
    "banned_as_criterion",
    "change_state",
    "continuations",
    "continues",
    "corresponds",
    "counted_in",
    "enough",
    "facts_of",
    "flagged_in",
    "granted_states",
    "guarded",
    "knows",
    "not_yours",
    "only",
    "posts",
    "provides",
    "publish_programme_types",
    "register_of",
    "resolves_roles",
    "roles_of",
    "see",
    "send_letters",
    "sends",
    "stale",
    "summarises",
    "takes",
    "visible_states",
    "vocabulary",
    "write_letter",
]
