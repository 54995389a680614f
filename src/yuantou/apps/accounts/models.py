"""Accounts sign in; persons are who they are (registry); grants say what an account may do for whom."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.registry.models import Organisation, Person


class UserManager(BaseUserManager["User"]):
    """Creates accounts by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """Create an ordinary account; an empty password means sign-in by an outside provider only."""
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """Create an operator who may use the admin site."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractBaseUser, PermissionsMixin):
    """An account. What it may see and do in a call comes from roles, never from being staff."""

    email = models.EmailField(_("e-mail"), unique=True)
    person = models.OneToOneField(
        Person, verbose_name=_("person"), null=True, blank=True, on_delete=models.PROTECT, related_name="user"
    )
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("operator"), default=False)
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)

    seen_by: "User | None" = None
    """The operator who looks at the site as this account during a request (see ``impersonation``)."""

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.person.name if self.person else self.email

    @property
    def actor(self) -> str:
        """How the ledger names this account: a pseudonymous key, no personal data."""
        return f"user:{self.pk}"


class Role(models.TextChoices):
    """Standing roles that code names; the rules of a record may ask for others (``grantable``)."""

    OFFICER = "officer", _("Programme officer")
    SIGNATORY = "signatory", _("Signatory")
    INSTITUTION = "institution", _("Research office")
    INTEGRITY = "integrity", _("Integrity office")


ASKED_FOR: set[str] = set()
"""Standing roles that rules ask for (``roles.Grant`` adds its own)."""


def grantable() -> list[tuple[str, str]]:
    """Return the standing roles that the rules of some record ask for, with their names."""
    return [(role, str(Role(role).label) if role in Role.values else role) for role in sorted(ASKED_FOR)]


class RoleGrant(models.Model):
    """A standing role of an account, for an organisation (agency or institution)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(_("role"), max_length=20, choices=grantable)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role", "organisation"], name="unique_role_grant")]
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.organisation}"


class ProofKind(models.TextChoices):
    """How it is known that an account is the person it says; no two of a kind count as two."""

    ORCID = "orcid", _("signed in with the own ORCID iD")
    INSTITUTION = "institution", _("confirmed by the research office of the institution")
    OFFICER = "officer", _("checked by a programme officer")


class IdentityProof(models.Model):
    """That somebody who knows has confirmed who a person is. An e-mail address alone is no proof: aliases are sold."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="proofs")
    kind = models.CharField(_("kind"), max_length=20, choices=ProofKind)
    source = models.TextField(_("how it was checked"))
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="one_proof_of_a_kind")]
        verbose_name = _("proof of identity")
        verbose_name_plural = _("proofs of identity")

    def __str__(self) -> str:
        return f"{self.person_id}: {self.kind}"
