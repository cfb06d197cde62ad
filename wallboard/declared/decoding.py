"""From the tables of a TOML file to the struct that declares it, gathering every fault on the way."""

from __future__ import annotations

import math
import re
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.inspect import TimeType, TupleType, VarTupleType

from wallboard.declared.declarations import OFF, Option, allowed, arguments, either, options
from wallboard.declared.faults import Fault, Path, key, not_allowed

Root = TypeVar("Root", bound=Struct)


class Faulty(Struct, frozen=True):
    """In place of a value for which a fault has been noted: what of it could be decoded, of a table by attribute, of an
    array of tables each table, whole or Faulty.
    """

    attributes: Mapping[str, Any] = {}
    """Those that are valid by themselves."""
    faulty: Mapping[str, Faulty] = {}
    """The others that were given."""
    tables: tuple[Any, ...] = ()


_FAULTY = Faulty()

_TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)

_SECRETS = re.compile("token|secret|passw|api_?key|bearer", re.IGNORECASE)
"""Names under which a person may look for a place to put a token."""


Faults = Iterator[Fault]
"""Their paths begin at the table that was checked."""


class Check(Struct, frozen=True):
    """What options of a table demand of each other, and of a text beyond its type.

    It names the options that it needs and runs when all of these are valid by themselves, so that one wrong option
    does not hide what is wrong with the others. With `partly` it always runs, and is handed a Faulty where one is not.
    """

    table: type[Struct]
    needs: tuple[str, ...]
    """The attributes whose values are handed to `judge`, in this order."""
    judge: Callable[..., Faults]
    partly: bool = False


def tables_of(array: Faulty | tuple[Any, ...]) -> tuple[Any, ...]:
    """Those of an array of tables, whole or Faulty."""
    return array.tables if isinstance(array, Faulty) else array


def attributes_of(table: Faulty | Struct) -> Mapping[str, Any]:
    """Those of a table that are valid by themselves."""
    return table.attributes if isinstance(table, Faulty) else msgspec.structs.asdict(table)


def decode(
    tables: Mapping[str, Any], root: type[Root], checks: tuple[Check, ...], *, show_texts: bool = False
) -> tuple[Root | None, list[Fault]]:
    """`tables` as tomllib gives them. There is no result when there is any fault. `show_texts` where no text can be a
    secret.
    """
    decoder = _Decoder(root, checks, show_texts)
    decoded = decoder.table(tables, root, ())
    return (None if decoder.faults else decoded), decoder.faults


class _Decoder:
    def __init__(self, root: type[Struct], checks: tuple[Check, ...], show_texts: bool) -> None:
        self.faults: list[Fault] = []
        self._checks = checks
        self._show_texts = show_texts
        self._top = [option.name for option in options(root) if not (option.table or option.tables)]
        self._of_all: dict[str, Struct] = {}
        """The tables at the top of the file, as far as they are valid, which those of an array may be laid over."""

    def table(
        self, given: Mapping[str, Any], declared: type[Struct], path: Path, standing: Struct | None = None
    ) -> Any:
        known = options(declared, standing)
        self._unknown_keys(given, known, path)
        values: dict[str, Any] = {}
        faulty: dict[str, Faulty] = {}
        for option in sorted(known, key=_is_array):
            value = option.default
            if option.name in given:
                value = self._value(given[option.name], option, (*path, option.name))
            elif option.required:
                self.faults.append(Fault((*path, option.name), "missing", allowed(option)))
                value = _FAULTY
            if isinstance(value, Faulty):
                faulty[option.attribute] = value
            else:
                values[option.attribute] = value
            if not path and option.table and isinstance(option.default, Struct):
                self._of_all[option.name] = msgspec.structs.replace(option.default, **attributes_of(value))
        sound = not faulty
        for check in self._checks:
            given = values | faulty if check.partly else values
            if issubclass(declared, check.table) and given.keys() >= set(check.needs):
                for fault in check.judge(*(given[name] for name in check.needs)):
                    self.faults.append(msgspec.structs.replace(fault, path=path + fault.path))
                    sound = False
        return declared(**values) if sound else Faulty(attributes=values, faulty=faulty)

    def _unknown_keys(self, given: Mapping[str, Any], known: tuple[Option, ...], path: Path) -> None:
        names = [option.name for option in known]
        for name in given:
            if name not in names:
                self.faults.append(Fault((*path, name), "unknown key", self._hint(name, names, path)))

    def _value(self, given: object, option: Option, path: Path) -> Any:
        if option.table:
            if option.text_is and isinstance(given, str):
                given = {option.text_is: given}
            if not isinstance(given, dict):
                return self._refuse(path, given, option.wording or f"a table, [{'.'.join(map(str, path))}]")
            standing = self._of_all.get(option.name) if option.inherits else option.default
            return self.table(given, option.table, path, standing if isinstance(standing, Struct) else None)
        if option.tables:
            return self._tables(given, option, option.tables, path)
        if option.keyed:
            return self._keyed(given, option.hint, allowed(option), path)
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
        whole = fits and not any(isinstance(item, Faulty) for item in items)
        return tuple(items) if whole else Faulty(tables=tuple(items))

    def _keyed(self, given: object, hint: Any, allowed: str, path: Path) -> Any:
        """A table whose keys are free, or such tables within it."""
        if not isinstance(given, dict):
            return self._refuse(path, given, allowed)
        inner = arguments(hint)[1]
        read = self._keyed if typing.get_origin(inner) is dict else self._leaf
        items = {name: read(value, inner, allowed, (*path, name)) for name, value in given.items()}
        return _FAULTY if any(isinstance(item, Faulty) for item in items.values()) else items

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
        self.faults.append(not_allowed(path, given, allowed, texts=self._show_texts))
        return _FAULTY

    def _hint(self, name: str, known: list[str], path: Path) -> str:
        """What the writer of an unknown key may have meant."""
        import difflib  # takes longer to import than the rest of the loader, and a right file never needs it

        close = difflib.get_close_matches(name.lower(), known, n=1)
        if close:
            return f"did you mean {close[0]}?"
        if path and name in self._top:
            return f"{key(name)} stands at the top of the file, before the first [table]"
        if _SECRETS.search(name):
            return "a token never stands in this file: it belongs in the keyring"
        return f"known here: {either(known)}"


def _is_array(option: Option) -> bool:
    """Arrays of tables come last: what is said for all is known when one of them differs from it."""
    return option.tables is not None
