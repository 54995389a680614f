"""Names of what happens in a meeting."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def reasons_for_absence() -> dict[str, str | Promise]:
    """Return why a member leaves the room, by kind."""
    return {
        "own": _("takes part in the proposal"),
        "conflict": _("conflict of interest"),
        "institution": _("same institution"),
        "declared": _("declared by the member"),
    }
