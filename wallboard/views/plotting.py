"""pyqtgraph, without a copy of all of Qt.

At its import it copies every name of three of PySide's modules into mirrors of its own, and PySide makes a class when
it is first asked for: a thousand of them, 3 MB, where a chart needs a few.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from functools import partial
from types import ModuleType

import PySide6

__all__ = ["pg"]

_MIRRORED = ("QtCore", "QtGui", "QtWidgets")


def _stand_in(module: ModuleType) -> ModuleType:
    """Of which nothing is copied but the function that finds what a module lacks (PEP 562): the mirrors then find a
    name in the module when they are asked for it.
    """
    stand_in = ModuleType(module.__name__)
    stand_in.__dict__.update(__getattr__=partial(getattr, module), __dir__=lambda: ["__getattr__"])
    return stand_in


@contextlib.contextmanager
def _nothing_to_copy() -> Iterator[None]:
    modules = {name: importlib.import_module(f"PySide6.{name}") for name in _MIRRORED}
    for name, module in modules.items():
        setattr(PySide6, name, _stand_in(module))
    try:
        yield
    finally:
        for name, module in modules.items():
            setattr(PySide6, name, module)


with _nothing_to_copy():
    import pyqtgraph as pg
