"""Reads what the structs of the configuration declare: the one source of the loader and of the documentation."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from datetime import time
from functools import cache
from typing import Any

import msgspec.inspect as declared
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

OFF = "off"
"""TOML has no null: the word for "no limit", where an option has one by default."""

UNITS = {"_s": "seconds", "_m": "metres", "_in": "inches", "_mb": "megabytes", "_polls": "poll intervals"}
"""The unit that an option's name ends in."""

TIME_OF_DAY = "HH:MM"


class Option(Struct, frozen=True, kw_only=True):
    """A key of a table. `hint` is its annotation and `shape` what msgspec reads from it, both without the None."""

    name: str
    attribute: str
    hint: Any
    shape: declared.Type
    default: Any
    """NODEFAULT where the key must be given."""
    nullable: bool
    description: str
    wording: str
    """What is allowed, in words, where the type alone does not say it."""
    text_is: str
    """The key of its table that a bare text in place of the table means; empty where there is no such short form."""
    can_be_off: bool
    """A limit, which may be none at all: one that a rule has to be given, though not by each file."""
    inherits: bool
    """A table of one centre that is laid over the file's own table of this name."""
    common: bool
    """The same in each of several tables: it is documented once."""

    @property
    def required(self) -> bool:
        return self.default is NODEFAULT

    @property
    def table(self) -> type[Struct] | None:
        """The struct of a key that holds a table."""
        return self.shape.cls if isinstance(self.shape, declared.StructType) else None

    @property
    def tables(self) -> type[Struct] | None:
        """The struct of a key that holds an array of tables."""
        item = self.shape.item_type if isinstance(self.shape, declared.VarTupleType) else None
        return item.cls if isinstance(item, declared.StructType) else None

    @property
    def keyed(self) -> bool:
        """Whether it holds a table whose keys are free."""
        return isinstance(self.shape, declared.DictType)


@cache
def options(table: type[Struct], standing: Struct | None = None) -> tuple[Option, ...]:
    """The keys of a table in their order. `standing` is the table's value where the file leaves it out: its fields are
    then the defaults.
    """
    found = []
    for field in fields(table):
        default = field.default if field.default_factory is NODEFAULT else field.default_factory()
        if standing is not None:
            default = getattr(standing, field.name)
        hint, nullable = _without_none(field.type)
        shape, notes, extra = _without_metadata(declared.type_info(hint))
        found.append(
            Option(
                name=field.encode_name,
                attribute=field.name,
                hint=hint,
                shape=shape,
                default=default,
                nullable=nullable,
                description=notes.get("description", ""),
                wording=extra.get("allowed", ""),
                text_is=extra.get("text_is", ""),
                can_be_off=nullable and field.default is NODEFAULT and standing is not None,
                inherits=extra.get("inherits", False),
                common=extra.get("common", False),
            )
        )
    return tuple(found)


def arguments(hint: Any) -> tuple[Any, ...]:
    """The choices of a Literal; the annotations of a tuple's elements, and of a tuple of any length (element, ...)."""
    return typing.get_args(typing.get_args(hint)[0] if typing.get_origin(hint) is typing.Annotated else hint)


def kind(option: Option) -> str:
    """The type as the documentation names it."""
    if option.table:
        return "table"
    if option.tables:
        return "array of tables"
    return _noun(option.shape)


def limits(option: Option) -> str:
    """The allowed range or choice; empty where the type says it all."""
    if option.wording:
        words = option.wording
    elif isinstance(option.shape, declared.LiteralType):
        words = either(map(as_toml, arguments(option.hint)))  # in the declared order, which msgspec does not keep
    else:
        words = _range(option.shape, option.name)
    return f'{words}, or "{OFF}"' if option.can_be_off else words


def allowed(option: Option) -> str:
    """What is allowed, as an error says it."""
    if option.wording:
        return limits(option)
    if option.table or option.keyed:
        return f"a table, [{option.name}]"
    shape = option.shape
    if isinstance(shape, declared.BoolType | declared.LiteralType | declared.EnumType | declared.TupleType):
        return limits(option)
    return f"a {_noun(shape)} {limits(option)}".rstrip()


def either(choices: Iterable[str]) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def _without_none(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return hint, False
    kept = tuple(member for member in typing.get_args(hint) if member is not type(None))
    return typing.Union[kept], len(kept) < len(typing.get_args(hint))  # noqa: UP007 (of as many as there are)


def _without_metadata(info: declared.Type) -> tuple[declared.Type, dict[str, Any], dict[str, Any]]:
    if isinstance(info, declared.Metadata):
        return info.type, info.extra_json_schema or {}, info.extra or {}
    return info, {}, {}


def _noun(shape: declared.Type) -> str:
    if isinstance(shape, declared.BoolType):
        return "boolean"
    if isinstance(shape, declared.IntType):
        return "whole number"
    if isinstance(shape, declared.FloatType):
        return "number"
    if isinstance(shape, declared.VarTupleType) and isinstance(shape.item_type, declared.StrType):
        return "list of texts"
    if isinstance(shape, declared.TupleType | declared.VarTupleType):
        return "list of numbers"
    if isinstance(shape, declared.DictType):
        return "table"
    if isinstance(shape, declared.UnionType):
        return "text, number or boolean"
    if isinstance(shape, declared.TimeType):
        return "time of day"
    return "text"


def _range(shape: declared.Type, name: str) -> str:
    if isinstance(shape, declared.BoolType):
        return "true or false"
    if isinstance(shape, declared.EnumType):
        return either(as_toml(member.value) for member in shape.cls)
    if isinstance(shape, declared.TimeType):
        return f'as "{TIME_OF_DAY}"'
    if isinstance(shape, declared.TupleType):
        return f"{len(shape.item_types)} numbers {_range(shape.item_types[0], name)}"
    if isinstance(shape, declared.IntType | declared.FloatType):
        return _span(shape, name)
    if isinstance(shape, declared.StrType):
        return _length(shape)
    return ""


def _span(shape: declared.IntType | declared.FloatType, name: str) -> str:
    unit = next((f"({unit})" for suffix, unit in UNITS.items() if name.endswith(suffix)), "")
    words = []
    if shape.ge is not None and shape.le is not None:
        words.append(f"from {number(shape.ge)} to {number(shape.le)}")
    elif shape.ge is not None and shape.lt is not None and isinstance(shape, declared.IntType):
        words.append(f"from {shape.ge} to {shape.lt - 1}")
    else:
        bounds = {"of at least": shape.ge, "above": shape.gt, "of at most": shape.le, "below": shape.lt}
        words += [f"{word} {number(bound)}" for word, bound in bounds.items() if bound is not None]
    return " ".join((*words, unit)).strip()


def _length(shape: declared.StrType) -> str:
    if shape.min_length and shape.max_length:
        return f"of {shape.min_length} to {shape.max_length} characters"
    if shape.max_length:
        return f"of at most {shape.max_length} characters"
    if shape.min_length:
        return "that is not empty" if shape.min_length == 1 else f"of at least {shape.min_length} characters"
    return ""


def number(value: float) -> str:
    """A number as a person writes it: 60, not 60.0."""
    return str(int(value)) if float(value).is_integer() else repr(value)


def as_toml(value: Any) -> str:
    """A default, as it would be written in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    if isinstance(value, dict) and not value:
        return "{}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    return f'"{value}"'
