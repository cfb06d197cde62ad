"""What the operating system finds in its own time, within ours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Searches(Generic[Found]):
    """A search that hangs keeps its thread, but never more than one for each thing: who asks again waits for the same
    search.
    """

    def __init__(self, name: str) -> None:
        """`name` is the threads'."""
        self._name = name
        self._lock = threading.Lock()
        self._searches: dict[Hashable, Future[Found]] = {}

    def found(self, thing: Hashable, find: Callable[[], Found], within_s: float) -> Found:
        """Raises TimeoutError, and what `find` raises."""
        with self._lock:
            search = self._searches.get(thing)
            if search is None:
                search = self._searches[thing] = Future()
                threading.Thread(target=self._search, args=(thing, find), name=self._name, daemon=True).start()
        return search.result(within_s)

    def _search(self, thing: Hashable, find: Callable[[], Found]) -> None:
        try:
            found = find()
        except Exception as error:  # noqa: BLE001 (it belongs to whoever waits for the search)
            self._ended(thing).set_exception(error)
        else:
            self._ended(thing).set_result(found)

    def _ended(self, thing: Hashable) -> Future[Found]:
        with self._lock:
            return self._searches.pop(thing)
