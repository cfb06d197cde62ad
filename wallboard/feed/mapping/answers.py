"""An answer's rows, each with the place where it stood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from wallboard.core.poll import FailureKind
from wallboard.feed.mapping.expressions import EvaluationError, Expression, is_true
from wallboard.feed.transport import FeedError

DEEPEST = 64
"""Of a place in an answer."""


class Page:
    """One body. `prefix` names it in paths: the endpoint, and the page where there are several."""

    def __init__(self, body: Any, prefix: str) -> None:
        self.body = body
        self.prefix = prefix
        self._places: dict[int, str] | None = None

    def place(self, thing: Any) -> str | None:
        """The path of a table or list of the body; None for what an expression has made."""
        if self._places is None:
            self._places = {}
            waiting: list[tuple[Any, str, int]] = [(self.body, "", 0)]
            while waiting:
                one, place, depth = waiting.pop()
                self._places[id(one)] = place
                inner: Iterator[tuple[str, Any]] = iter(())
                if isinstance(one, dict):
                    inner = ((f".{key}" if place else str(key), value) for key, value in one.items())
                elif isinstance(one, list):
                    inner = ((f"[{index}]", value) for index, value in enumerate(one))
                waiting += [
                    (value, place + step, depth + 1)
                    for step, value in inner
                    if isinstance(value, dict | list) and depth < DEEPEST
                ]
        return self._places.get(id(thing))


class Row(Struct, frozen=True):
    value: Any
    original: Any
    """What stands in the body: `value` may have got a key or a parent."""
    page: Page
    index: int
    within: str
    """The expression that found the rows."""

    def path(self, field: tuple[str, ...] | None = None) -> str:
        place = self.page.place(self.original)
        if place is None:
            place = f"{self.within}[{self.index}]"
        return f"{self.page.prefix}:{'.'.join(filter(None, (place, *(field or ()))))}"


class Finder(Struct, frozen=True, kw_only=True):
    """How a list's rows are found in a body."""

    rows: Expression
    key_as: str | None = None
    where: Expression | None = None
    nested: Expression | None = None

    def __call__(self, page: Page) -> list[Row]:
        """Raises FeedError where the body has no such list."""
        found = evaluated(self.rows, page)
        if found is None:
            raise FeedError(FailureKind.BAD_DATA, f"{page.prefix}: there are no rows at {self.rows.text}")
        rows = self._each(found) if self.nested is None else self._inner(found, page)
        if self.where is not None:
            rows = (pair for pair in rows if self._wanted(pair[0]))
        return [Row(value, original, page, index, self.rows.text) for index, (value, original) in enumerate(rows)]

    def _each(self, found: Any) -> Iterator[tuple[Any, Any]]:
        """The rows, and what of them stands in the body."""
        if isinstance(found, dict) and self.key_as is not None:
            return ((_with(value, self.key_as, key), value) for key, value in found.items())
        return ((value, value) for value in (found if isinstance(found, list) else [found]))

    def _inner(self, found: Any, page: Page) -> Iterator[tuple[Any, Any]]:
        assert self.nested is not None
        for outer in found if isinstance(found, list) else [found]:
            try:
                inner = self.nested(outer)
            except EvaluationError as error:
                raise FeedError(FailureKind.BAD_DATA, f"{page.prefix}: {self.nested.text}: {error}") from None
            if inner is None:
                continue
            for value, original in self._each(inner):
                yield _with(value, "parent", outer), original

    def _wanted(self, value: Any) -> bool:
        assert self.where is not None
        try:
            return is_true(self.where(value))
        except EvaluationError:  # a row that cannot be judged shows itself rather than vanishes
            return True


def evaluated(expression: Expression, page: Page) -> Any:
    """Over the whole body. Raises FeedError."""
    try:
        return expression(page.body)
    except EvaluationError as error:
        raise FeedError(FailureKind.BAD_DATA, f"{page.prefix}: {expression.text}: {error}") from None


def _with(value: Any, name: str, thing: Any) -> Any:
    return {**value, name: thing} if isinstance(value, dict) else {"value": value, name: thing}
