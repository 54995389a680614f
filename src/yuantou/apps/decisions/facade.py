"""What other apps may use of decisions."""

from yuantou.apps.decisions.domain import change_decision, hash_of

__all__ = ["change_decision", "hash_of"]
