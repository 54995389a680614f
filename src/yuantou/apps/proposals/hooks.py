"""Where later stages join in: what they ask for before a proposal is submitted, and that a draft was saved."""

from collections.abc import Callable
from datetime import datetime

from yuantou.apps.proposals.answers import Finding
from yuantou.apps.proposals.models import Proposal

Obstacles = Callable[[Proposal, datetime], list[Finding]]
Follower = Callable[[Proposal, datetime], None]
_obstacles: list[Obstacles] = []
_followers: list[Follower] = []


def add_obstacles(look: Obstacles) -> Obstacles:
    """Let a later stage name what stands in the way of submitting."""
    _obstacles.append(look)
    return look


def after_save(follow: Follower) -> Follower:
    """Let a later stage follow the saving of a draft; it must neither fail nor take long."""
    _followers.append(follow)
    return follow


def more_obstacles(proposal: Proposal, now: datetime) -> list[Finding]:
    """Return what later stages say against submitting."""
    return [found for look in _obstacles for found in look(proposal, now)]


def saved(proposal: Proposal, now: datetime) -> None:
    """Tell later stages that a draft was saved."""
    for follow in _followers:
        follow(proposal, now)
