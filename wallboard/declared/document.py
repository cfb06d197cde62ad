"""The tables of a document that says what a TOML file may hold."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from wallboard.declared.declarations import Option, as_toml, kind, limits, options

SHORT_FORM = "text or table"


def sections(of: tuple[Option, ...], prefix: str = "", documented: set[str] | None = None) -> Iterator[str]:
    """A section for each table, with those within it. What is common to several tables has it at the first."""
    documented = set() if documented is None else documented
    for option in of:
        name = prefix + option.name
        if option.text_is or (option.common and option.name in documented):
            continue
        documented.add(option.name)
        if option.table:
            inner = options(option.table, option.default if isinstance(option.default, Struct) else None)
            if option.inherits:  # its keys are documented at the table that it is laid over
                yield section(f"[{name}]", option.description, ())
                continue
            yield section(f"[{name}]", option.description, inner)
        elif option.tables:
            inner = options(option.tables)
            required = " Required." if option.required else ""
            yield section(f"[[{name}]]", f"{option.description} {_sentence(limits(option))}{required}", inner)
        else:
            continue
        yield from sections(inner, f"{name}.", documented)


def section(header: str, description: str, inner: tuple[Option, ...]) -> str:
    shown = keys(inner)
    table = f"\n{rows(shown)}" if shown else ""
    return f"## `{header}`\n\n{description}\n{table}"


def keys(of: tuple[Option, ...]) -> list[Option]:
    """What is no table, and what need not be one."""
    return [option for option in of if option.text_is or not (option.table or option.tables)]


def rows(of: list[Option]) -> str:
    lines = ["| key | type | default | allowed | meaning |", "|---|---|---|---|---|"]
    for option in of:
        default = "required" if option.required else "not set" if option.default is None else _code(option.default)
        type_, allowed = (SHORT_FORM, "a source") if option.text_is else (kind(option), limits(option) or "any")
        cells = (f"`{option.name}`", type_, default, allowed, option.description)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _code(value: object) -> str:
    return f"`{as_toml(value)}`"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
