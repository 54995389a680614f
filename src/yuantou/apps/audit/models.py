"""The ledger: an append-only Merkle tree over everything that matters."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class TreeState(models.Model):
    """The one row that serialises appends: size of the tree and the roots of its complete subtrees (RFC 6962)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.PositiveBigIntegerField(default=0)
    peaks = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.size} leaves"


class Entry(models.Model):
    """One leaf. ``data`` holds hashes and identifiers, never personal text, so that erasure stays possible."""

    index = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField(_("time"))
    actor = models.CharField(_("actor"), max_length=40)
    act = models.CharField(_("act"), max_length=60)
    kind = models.CharField(_("kind of record"), max_length=30)
    key = models.CharField(_("record"), max_length=40)
    data: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    leaf_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["index"]
        indexes = [models.Index(fields=["kind", "key", "index"], name="entry_by_record")]
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")

    def __str__(self) -> str:
        return f"#{self.index} {self.act} {self.kind}/{self.key}"


class Subtree(models.Model):
    """The root of a complete subtree of 256, 65,536, … leaves, so that a proof reads few rows of a long ledger."""

    pk = models.CompositePrimaryKey("level", "position")
    level = models.PositiveSmallIntegerField()
    position = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.level}/{self.position}"


class TreeHead(models.Model):
    """A signed tree head: who keeps a copy can prove later that nothing before it was changed."""

    size = models.PositiveBigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    at = models.CharField(_("time"), max_length=32)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["size"]
        verbose_name = _("signed tree head")
        verbose_name_plural = _("signed tree heads")

    def __str__(self) -> str:
        return f"{self.size} {self.root[:12]}"


class Stamp(models.Model):
    """What an outside authority confirmed of a head (RFC 3161): its answer whole, so that anybody can check it."""

    head = models.OneToOneField(TreeHead, on_delete=models.CASCADE, primary_key=True, related_name="stamp")
    answer = models.BinaryField()
    at = models.DateTimeField()
    authority = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.head_id} {self.at:%Y-%m-%d %H:%M:%S}"


class Draft(models.Model):
    """What the ledger still has to hold of the drafts of one record; ``salt`` keeps their hashes from being guessed."""

    pk = models.CompositePrimaryKey("kind", "key")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=40)
    salt = models.CharField(max_length=32)
    actor = models.CharField(max_length=40)
    saved = models.JSONField(default=list)
    waits = models.BooleanField(default=False, db_index=True)
    sealed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
