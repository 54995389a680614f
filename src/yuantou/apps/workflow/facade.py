"""What other apps may use of the workflow."""

from yuantou.apps.workflow.access import (
    FEWEST,
    Seen,
    granted_states,
    guarded,
    resolves_roles,
    roles_of,
    see,
    visible_states,
)
from yuantou.apps.workflow.domain import (
    SYSTEM,
    Recipient,
    after_change,
    change_state,
    publish_programme_types,
    queue_letter,
    send_letters,
    stale,
)

__all__ = [
    "FEWEST",
    "SYSTEM",
    "Recipient",
    "Seen",
    "after_change",
    "change_state",
    "granted_states",
    "guarded",
    "publish_programme_types",
    "queue_letter",
    "resolves_roles",
    "roles_of",
    "see",
    "send_letters",
    "stale",
    "visible_states",
]
