"""Rules as data: small expressions over the facts of a record, without eval.

>>> holds("applicant.age <= 35 + applicant.leave_years", {"applicant": {"age": 36, "leave_years": 2}})
True
>>> holds("count(open_projects) < 2", {"open_projects": ["a", "b"]})
False
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

_OPERATORS: Final[Mapping[type[ast.AST], Callable[..., Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, group: item in group,
    ast.NotIn: lambda item, group: item not in group,
    ast.Not: operator.not_,
    ast.USub: operator.neg,
}
_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {"count": len, "min": min, "max": max, "sum": sum}
_KNOWN: Final = "known"
"""The one function that asks whether a fact is there at all: not unknown, no empty text, no empty list."""
_MAX_LENGTH: Final = 500


class UnknownFactError(KeyError):
    """A rule asks for a fact that the record does not have; the rule is then not met (default deny)."""


@lru_cache(maxsize=1024)
def parse(expression: str) -> ast.expr:
    """Return the parsed expression.

    Raises
    ------
    ValueError
        If it is no expression, is longer than 500 characters, or uses anything but names, attributes, literals,
        comparisons, arithmetic, ``and``/``or``/``not`` and the functions count, min, max, sum and known.
    """
    if len(expression) > _MAX_LENGTH:
        raise ValueError("an expression has at most 500 characters")
    try:
        tree = ast.parse(expression, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"not an expression: {expression}") from error
    for node in ast.walk(tree):
        _check(node)
    return tree


def _check(node: ast.AST) -> None:
    allowed = (
        ast.Name, ast.Attribute, ast.Constant, ast.Compare, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.List, ast.Tuple,
        ast.And, ast.Or, ast.Load, ast.Call, *_OPERATORS,
    )  # fmt: skip
    if not isinstance(node, allowed):
        raise ValueError(f"{type(node).__name__} is not allowed in a rule")
    if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in {*_FUNCTIONS, _KNOWN}):
        raise ValueError("only count, min, max, sum and known may be called in a rule")
    if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
        raise ValueError("names with an underscore in front are not allowed in a rule")


def names(expression: str) -> set[str]:
    """Return the dotted names of facts that an expression asks for."""
    found: set[str] = set()
    _collect(parse(expression), found)
    return found


def _collect(node: ast.AST, found: set[str]) -> None:
    if isinstance(node, ast.Name | ast.Attribute):
        found.add(ast.unparse(node))
        return
    children = node.args if isinstance(node, ast.Call) else list(ast.iter_child_nodes(node))
    for child in children:
        _collect(child, found)


def truth(expression: str, facts: Mapping[str, Any]) -> bool | None:
    """Tell whether an expression is true of the facts; nothing where that cannot be told.

    It cannot where a fact is unknown, a list is empty that has no least member, a number is divided by zero, or things
    are compared that cannot be.

    >>> [truth("a > 1", {"a": 2}), truth("a > 1", {}), truth("not a", {}), truth("1 / a > 0", {"a": 0})]
    [True, None, None, None]
    >>> [truth("known(a)", {"a": "x"}), truth("known(a)", {"a": " "}), truth("known(a)", {})]
    [True, False, False]
    """
    try:
        return bool(_value(parse(expression), facts))
    except (UnknownFactError, TypeError, ValueError, ArithmeticError):
        return None


def holds(expression: str, facts: Mapping[str, Any]) -> bool:
    """Tell whether an expression is true of the facts; an unknown fact or a division by zero makes it false.

    Raises
    ------
    ValueError
        If the expression is not allowed (see ``parse``) or compares what cannot be compared.
    """
    try:
        return bool(_value(parse(expression), facts))
    except (UnknownFactError, ArithmeticError):
        return False
    except TypeError as error:
        raise ValueError(f"{expression}: {error}") from error


def _value(node: ast.AST, facts: Mapping[str, Any]) -> Any:  # noqa: C901, PLR0911 one case a line
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return _fact(facts, name)
        case ast.Attribute(value=inner, attr=name):
            return _fact(_value(inner, facts), name)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, facts) for item in items]
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_value(part, facts) for part in parts)
        case ast.BoolOp(values=parts):
            return any(_value(part, facts) for part in parts)
        case ast.UnaryOp(op=op, operand=operand):
            return _OPERATORS[type(op)](_value(operand, facts))
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, facts), _value(right, facts))
        case ast.Call(func=ast.Name(id="known"), args=[asked]):
            return _is_known(asked, facts)
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*[_value(argument, facts) for argument in arguments])
        case ast.Compare(left=first, ops=operators, comparators=others):
            return _compare(first, operators, others, facts)
    raise ValueError(f"{type(node).__name__} is not allowed in a rule")


def _is_known(asked: ast.expr, facts: Mapping[str, Any]) -> bool:
    try:
        value = _value(asked, facts)
    except UnknownFactError:
        return False
    return bool(value.strip() if isinstance(value, str) else not isinstance(value, list | tuple) or value)


def _compare(first: ast.expr, operators: list[ast.cmpop], others: list[ast.expr], facts: Mapping[str, Any]) -> bool:
    left = _value(first, facts)
    for op, other in zip(operators, others, strict=True):
        right = _value(other, facts)
        if not _OPERATORS[type(op)](left, right):
            return False
        left = right
    return True


def _fact(facts: Any, name: str) -> Any:
    if not isinstance(facts, Mapping) or name not in facts or facts[name] is None:
        raise UnknownFactError(name)
    return facts[name]
