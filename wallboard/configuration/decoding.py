"""From the tables of a TOML file to a Configuration, gathering every fault on the way."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import time
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.inspect import TimeType, TupleType, VarTupleType

from wallboard.configuration.checks import CHECKS
from wallboard.configuration.declarations import OFF, Option, allowed, arguments, either, options
from wallboard.configuration.faults import Fault, Path, key, not_allowed
from wallboard.configuration.options import Configuration

_FAULTY: Any = object()
"""In place of a value for which a fault has been noted."""

_TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)

_SECRETS = re.compile("token|secret|passw|api_?key|bearer", re.IGNORECASE)
"""Names under which a person may look for a place to put a token."""


def decode(tables: Mapping[str, Any]) -> tuple[Configuration | None, list[Fault]]:
    """`tables` as tomllib gives them. The configuration is None when there is any fault."""
    decoder = _Decoder()
    configuration = decoder.table(tables, Configuration, ())
    return (None if decoder.faults else configuration), decoder.faults


class _Decoder:
    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def table(
        self, given: Mapping[str, Any], declared: type[Struct], path: Path, standing: Struct | None = None
    ) -> Any:
        known = options(declared, standing)
        self._unknown_keys(given, known, path)
        values: dict[str, Any] = {}
        for option in known:
            value = option.default
            if option.name in given:
                value = self._value(given[option.name], option, (*path, option.name))
            elif option.required:
                self.faults.append(Fault((*path, option.name), "missing", allowed(option)))
                value = _FAULTY
            if value is not _FAULTY:
                values[option.attribute] = value
        sound = len(values) == len(known)
        for check in CHECKS:
            if check.table is declared and values.keys() >= set(check.needs):
                for fault in check.judge(*(values[name] for name in check.needs)):
                    self.faults.append(msgspec.structs.replace(fault, path=path + fault.path))
                    sound = False
        return declared(**values) if sound else _FAULTY

    def _unknown_keys(self, given: Mapping[str, Any], known: tuple[Option, ...], path: Path) -> None:
        names = [option.name for option in known]
        for name in given:
            if name not in names:
                self.faults.append(Fault((*path, name), "unknown key", _hint(name, names, path)))

    def _value(self, given: object, option: Option, path: Path) -> Any:
        if option.table:
            if not isinstance(given, dict):
                return self._refuse(path, given, f"a table, [{'.'.join(map(str, path))}]")
            return self.table(given, option.table, path, option.default if isinstance(option.default, Struct) else None)
        if option.tables:
            return self._tables(given, option, option.tables, path)
        if given == OFF and option.can_be_off:
            return None
        if isinstance(option.shape, TimeType) and isinstance(given, str) and _TIME_OF_DAY.fullmatch(given):
            return time.fromisoformat(given)
        if isinstance(option.shape, TupleType | VarTupleType):
            return self._list(given, option, path)
        return self._leaf(given, option.hint, allowed(option), path)

    def _tables(self, given: object, option: Option, declared: type[Struct], path: Path) -> Any:
        if isinstance(given, dict):
            return self._refuse(path, given, f"an array of tables: write [[{option.name}]], in two brackets")
        if not isinstance(given, list):
            return self._refuse(path, given, allowed(option))
        items = []
        for index, item in enumerate(given):
            if isinstance(item, dict):
                items.append(self.table(item, declared, (*path, index)))
            else:
                items.append(self._refuse((*path, index), item, "a table"))
        fits = self._length_fits(given, option, path)
        return tuple(items) if fits and _FAULTY not in items else _FAULTY

    def _list(self, given: object, option: Option, path: Path) -> Any:
        if not isinstance(given, list):
            return self._refuse(path, given, allowed(option))
        element, *others = arguments(option.hint)
        any_length = others == [...]
        if not any_length and len(given) != 1 + len(others):
            self.faults.append(Fault(path, f"{len(given)} given", allowed(option)))
            return _FAULTY
        hints = [element] * len(given) if any_length else [element, *others]
        items = [
            self._leaf(item, hint, allowed(option), (*path, index))
            for index, (item, hint) in enumerate(zip(given, hints, strict=True))
        ]
        fits = self._length_fits(given, option, path)
        return tuple(items) if fits and _FAULTY not in items else _FAULTY

    def _length_fits(self, given: list[Any], option: Option, path: Path) -> bool:
        if not isinstance(option.shape, VarTupleType):
            return True
        least, most = option.shape.min_length or 0, option.shape.max_length
        fits = least <= len(given) and (most is None or len(given) <= most)
        if not fits:
            self.faults.append(Fault(path, f"{len(given)} given", allowed(option)))
        return fits

    def _leaf(self, given: object, hint: Any, allowed: str, path: Path) -> Any:
        if isinstance(given, float) and not math.isfinite(given):
            return self._refuse(path, given, allowed)
        try:
            return msgspec.convert(given, hint, strict=True)
        except msgspec.ValidationError:
            return self._refuse(path, given, allowed)

    def _refuse(self, path: Path, given: object, allowed: str) -> Any:
        self.faults.append(not_allowed(path, given, allowed))
        return _FAULTY


def _hint(name: str, known: list[str], path: Path) -> str:
    """What the writer of an unknown key may have meant."""
    import difflib  # takes longer to import than the rest of the loader, and a right file never needs it

    close = difflib.get_close_matches(name.lower(), known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    if path and name in (option.name for option in options(Configuration) if not (option.table or option.tables)):
        return f"{key(name)} stands at the top of the file, before the first [table]"
    if _SECRETS.search(name):
        return "a token never stands in this file: it belongs in the keyring"
    return f"known here: {either(known)}"
