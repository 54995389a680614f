"""The first profile of an account."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yuantou.apps.registry.forms import OrcidField, OrganisationField


class ProfileForm(forms.Form):
    """Who somebody is: a name in at least one script."""

    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=200, required=False)
    name_en = forms.CharField(label=_("Name (English)"), max_length=200, required=False)
    orcid = OrcidField()
    organisation = OrganisationField(label=_("Institution"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for one name at least."""
        data = super().clean() or {}
        if not (data.get("name_zh") or data.get("name_en")):
            self.add_error("name_zh", _("Give your name in at least one script."))
        return data
