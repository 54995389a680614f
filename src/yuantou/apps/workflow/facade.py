"""What other apps may use of the workflow."""

from yuantou.apps.workflow.access import (
    FEWEST,
    Seen,
    enough,
    guarded,
    roles_of,
    see,
    visible,
    visible_as,
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
from yuantou.apps.workflow.letters import Recipient, corresponds, finds_addresses, send_letters, write_letter
from yuantou.apps.workflow.refusing import not_yours, only
from yuantou.apps.workflow.registers import register_of
from yuantou.apps.workflow.roles import (
    NOBODY,
    NONE,
    About,
    Everyone,
    Source,
    follow,
    people_of,
    plays,
    plays_also,
    rows_as,
)
from yuantou.apps.workflow.states import StateField, Stateful, counted, kind_of, means, tagged
from yuantou.apps.workflow.vocabulary import knows, sends, takes, vocabulary
from yuantou.engines.workflow import Lacking

__all__ = [
    "ANY",
    "FEWEST",
    "NOBODY",
    "NONE",
    "SYSTEM",
    "About",
    "Case",
    "Everyone",
    "Lacking",
    "Recipient",
    "Seen",
    "Source",
    "StateField",
    "Stateful",
    "acts_of",
    "banned_as_criterion",
    "change_state",
    "continuations",
    "continues",
    "corresponds",
    "counted",
    "counted_in",
    "enough",
    "facts_of",
    "finds_addresses",
    "flagged_in",
    "follow",
    "guarded",
    "kind_of",
    "knows",
    "means",
    "not_yours",
    "only",
    "people_of",
    "plays",
    "plays_also",
    "posts",
    "provides",
    "publish_programme_types",
    "register_of",
    "roles_of",
    "rows_as",
    "see",
    "send_letters",
    "sends",
    "stale",
    "summarises",
    "tagged",
    "takes",
    "visible",
    "visible_as",
    "visible_states",
    "vocabulary",
    "write_letter",
]
