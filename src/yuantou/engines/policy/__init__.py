"""Policy texts: clauses, quotations, and what of them works (mission row M69)."""

from yuantou.engines.policy.mission import STATES, Mission, Quotation, Row, State, check_sources, load_mission
from yuantou.engines.policy.text import Clause, Found, Policy, find_quotation, fold, read_policy

__all__ = [
    "STATES",
    "Clause",
    "Found",
    "Mission",
    "Policy",
    "Quotation",
    "Row",
    "State",
    "check_sources",
    "find_quotation",
    "fold",
    "load_mission",
    "read_policy",
]
