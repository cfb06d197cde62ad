"""JMESPath expressions: checked when a mapping is read, compiled once, and never a surprise when they run.

The interpreter walks its tree anew for each value, some 1 to 3 µs a node. The nodes of which nearly every field is
made are therefore turned into functions; a test holds them to the interpreter's results.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jmespath
import jmespath.exceptions
import jmespath.functions
import jmespath.parser

from wallboard.core.text import made_plain

LONGEST_SHOWN = 120
"""Characters of an expression or of a value that a message shows."""

Evaluate = Callable[[Any], Any]


class ExpressionError(Exception):
    """No expression. `column` counts from 1."""

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(f"column {column}: {reason}")
        self.column = column
        self.reason = reason


class EvaluationError(Exception):
    """An expression that does not fit the value it was given. The message is free of the value."""


class _Functions(jmespath.functions.Functions):
    """JMESPath's own and two more that dispatch systems need. Null gives null."""

    @jmespath.functions.signature({"types": ["string", "null"]}, {"types": ["string"]})
    def _func_split(self, text: str | None, separator: str) -> list[str] | None:
        if text is None:
            return None
        return [part.strip() for part in text.split(separator or None) if part.strip()]

    @jmespath.functions.signature({"types": ["string", "null"]})
    def _func_lower(self, text: str | None) -> str | None:
        return None if text is None else text.lower()


_OPTIONS = jmespath.Options(custom_functions=_Functions())

# What the library raises for values that an expression does not expect: its own errors are ValueErrors, and below them
# come those of Python's operators, of a nesting deeper than the stack, and of numbers beyond a float.
_MISFITS = (ValueError, TypeError, AttributeError, KeyError, IndexError, ArithmeticError, RecursionError)


class Expression:
    def __init__(self, text: str, evaluate: Evaluate, names: frozenset[str], path: tuple[str, ...] | None) -> None:
        self.text = text
        self.names = names
        """Every field that it reads."""
        self.path = path
        """The fields one within another, where it is nothing but these."""
        self._evaluate = evaluate

    def __call__(self, value: Any) -> Any:
        """Raises EvaluationError."""
        try:
            return self._evaluate(value)
        except jmespath.exceptions.JMESPathTypeError as error:
            allowed = " or ".join(error.expected_types)
            raise EvaluationError(f"{error.function_name}() needs {allowed}, not {error.actual_type}") from None
        except _MISFITS as error:
            raise EvaluationError(f"it does not fit what is there ({type(error).__name__})") from None


@cache
def compiled(text: str) -> Expression:
    """Raises ExpressionError."""
    try:
        parsed = jmespath.compile(text)
    except jmespath.exceptions.EmptyExpressionError:
        raise ExpressionError(1, "it is empty") from None
    except jmespath.exceptions.LexerError as error:
        hint = ": a name with this sign stands in double quotes, '\"call-id\"'" if error.token_value == "-" else ""
        raise ExpressionError(error.lex_position + 1, _in_words(error.message) + hint) from None
    except jmespath.exceptions.IncompleteExpressionError:
        raise ExpressionError(len(text) + 1, "it ends too early") from None
    except jmespath.exceptions.ParseError as error:
        raise ExpressionError(
            error.lex_position + 1, f'"{made_plain(str(error.token_value))}" does not fit here'
        ) from None
    except _MISFITS:
        raise ExpressionError(1, "it cannot be understood") from None
    tree: Any = parsed.parsed
    nodes = list(_nodes(tree))
    for node in nodes:
        if node["type"] == "function_expression":
            _check_function(text, node)
    fast = _fast(tree)
    return Expression(
        text,
        fast or (lambda value: parsed.search(value, options=_OPTIONS)),
        frozenset(node["value"] for node in nodes if node["type"] == "field"),
        _path(tree),
    )


def is_true(value: Any) -> bool:
    """As JMESPath has it: zero is true."""
    return not (value is None or value is False or value in ("", [], {}))


def shown(text: str) -> str:
    """A text of a mapping or of a system, for one line of a message."""
    plain = made_plain(text)
    return plain if len(plain) <= LONGEST_SHOWN else plain[: LONGEST_SHOWN - 1] + "…"


def _in_words(message: str) -> str:
    return shown(message[:1].lower() + message[1:]).rstrip(".")


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("children", ()):
        if isinstance(child, dict):
            yield from _nodes(child)


def _check_function(text: str, node: dict[str, Any]) -> None:
    """The library looks functions up only when it runs them."""
    name, given = node["value"], len(node["children"])
    found = re.search(rf"\b{re.escape(name)}\s*\(", text)
    column = found.start() + 1 if found else 1
    known = _Functions.FUNCTION_TABLE
    if name not in known:
        import difflib

        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}()?" if close else f"there are {', '.join(sorted(known))}"
        raise ExpressionError(column, f"there is no function {shown(name)}(); {hint}")
    signature = known[name]["signature"]
    variadic = bool(signature) and signature[-1].get("variadic", False)
    if given < len(signature) or (given > len(signature) and not variadic):
        least = "at least " if variadic else ""
        raise ExpressionError(column, f"{name}() takes {least}{len(signature)} arguments, not {given}")


def _path(node: dict[str, Any]) -> tuple[str, ...] | None:
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] == "subexpression":
        parts = [_path(child) for child in node["children"]]
        return None if None in parts else tuple([name for part in parts for name in part or ()])
    return None


def _fast(node: dict[str, Any]) -> Evaluate | None:
    """The node as a function; None where one of its parts is left to the interpreter."""
    kind, children = node["type"], node.get("children", ())
    if kind == "field":
        return _field(node["value"])
    if kind in ("current", "identity"):
        return lambda value: value
    if kind == "literal":
        constant = node["value"]
        return lambda value: constant
    if kind == "index":
        return _index(node["value"])
    if kind in ("subexpression", "index_expression", "pipe", "or_expression"):
        parts = [_fast(child) for child in children]
        if len(parts) == 2 and parts[0] is not None and parts[1] is not None:
            return _either(*parts) if kind == "or_expression" else _chain(*parts)  # type: ignore[arg-type]
    return None


def _field(name: str) -> Evaluate:
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _index(index: int) -> Evaluate:
    def indexed(value: Any) -> Any:
        if not isinstance(value, list) or not -len(value) <= index < len(value):
            return None
        return value[index]

    return indexed


def _chain(first: Evaluate, second: Evaluate) -> Evaluate:
    return lambda value: second(first(value))


def _either(first: Evaluate, second: Evaluate) -> Evaluate:
    def either(value: Any) -> Any:
        found = first(value)
        return found if is_true(found) else second(value)

    return either
