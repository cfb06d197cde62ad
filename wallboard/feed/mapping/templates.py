"""Texts with expressions in braces: `{street} {house}, {city}`."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from wallboard.feed.mapping.expressions import Expression, ExpressionError, compiled
from wallboard.feed.mapping.values import text

_BRACES = re.compile(r"\{([^{}]*)\}")
_SEPARATORS = " ,;:-–/|·"


class TemplateError(Exception):
    """No template. `column` counts from 1."""

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(f"column {column}: {reason}")
        self.column = column
        self.reason = reason


class Template:
    """What is null is left out, with the signs before it; nothing at all is null."""

    def __init__(self, parts: tuple[tuple[str, Expression], ...], end: str) -> None:
        self._parts = parts
        self._end = end
        self.names = frozenset[str]().union(*(expression.names for _, expression in parts))

    def __call__(self, row: Any) -> str | None:
        """Raises EvaluationError, and BadValue for what is no text."""
        found = [(before, text(expression(row))) for before, expression in self._parts]
        told = [before + value for before, value in found if value]
        return ("".join(told) + self._end).strip(_SEPARATORS) if told else None


@cache
def compiled_template(template: str) -> Template:
    """Raises TemplateError."""
    parts: list[tuple[str, Expression]] = []
    at = 0
    for match in _BRACES.finditer(template):
        try:
            parts.append((template[at : match.start()], compiled(match[1])))
        except ExpressionError as error:
            raise TemplateError(match.start() + 1 + error.column, error.reason) from None
        at = match.end()
    if not parts:
        raise TemplateError(1, "there is no expression in braces")
    literals = [before for before, _ in parts] + [template[at:]]
    if any(sign in literal for literal in literals for sign in "{}"):
        raise TemplateError(max(template.rfind("{"), template.rfind("}")) + 1, "a brace is not closed or not opened")
    return Template(tuple(parts), template[at:])
