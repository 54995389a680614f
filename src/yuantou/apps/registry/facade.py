"""What other apps may use of the registry."""

from itertools import chain

from yuantou.apps.registry.domain import add_affiliation, career_of, create_person, save_career
from yuantou.apps.registry.models import Organisation

__all__ = ["add_affiliation", "career_of", "create_person", "organisation_names", "save_career"]


def organisation_names(limit: int = 1000) -> list[str]:
    """Return names in both languages to choose from while typing."""
    rows = Organisation.objects.order_by("name_zh").values_list("name_zh", "name_en")[:limit]
    return [name for name in chain.from_iterable(rows) if name]
