"""ICU's data for the languages that the wall speaks. Qt for Linux brings those of all, 32 MB; Windows has its own.

Qt asks ICU how words are ordered and what a charset means. The wall's words are Indonesian and English, and all that it
reads is UTF-8, which ICU knows without data. Asked for another language, ICU answers as for none.

The library is made anew of the pinned one, by `objcopy`, `as` and `ld`: so the gate makes it again, and compares.
"""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

LIBRARY = re.compile(r".*/libicudata\.so\.(?P<version>\d+)")
LANGUAGES = ("en", "id")

_OF_A_LANGUAGE = re.compile(r"(?P<language>[a-z]{2,3})(_[A-Z0-9_]\w*|_)?\.res")
"""Such as zh_Hant_TW.res; root.res and zoneinfo64.res are of none."""

_CHARSETS_AND_DICTIONARIES = (".cnv", ".dict")
"""A dictionary finds words in scripts without spaces, such as Thai."""

# Common data, as ICU's source/common/ucmndata.h has them: a head that begins with its own length and has the format
# after four more fields; then, of which all positions are counted, the number of files, where the name and the content
# of each are, the names, and the contents.
_LENGTH = struct.Struct("<H")
_FORMAT_AT, _FORMAT = 12, b"CmnD"
_COUNT = struct.Struct("<I")
_ENTRY = struct.Struct("<II")
_ALIGNMENT = 16
_FILLING = b"\xaa"


class DataError(Exception):
    """These are no data of ICU's in the form that is known here."""


def is_kept(name: str) -> bool:
    file = name.rpartition("/")[2]
    if file.endswith(_CHARSETS_AND_DICTIONARIES):
        return False
    match = _OF_A_LANGUAGE.fullmatch(file)
    return match is None or match["language"] in LANGUAGES


def reduced(library: bytes, version: str) -> bytes:
    """libicudata.so.VERSION with what is kept of its data. Raises DataError."""
    soname, symbol = f"libicudata.so.{version}", f"icudt{version}_dat"
    assembly = f"""\
        .section .rodata
        .balign {_ALIGNMENT}
        .globl {symbol}
        .type {symbol}, @object
{symbol}: .incbin "kept"
        .size {symbol}, . - {symbol}
        .section .note.GNU-stack, "", @progbits
"""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "whole.so").write_bytes(library)
        _run(folder, "objcopy", "--output-target=binary", "--only-section=.rodata", "whole.so", "whole")
        head, files = parted((folder / "whole").read_bytes())
        kept = {name: content for name, content in files.items() if is_kept(name)}
        (folder / "kept").write_bytes(joined(head, kept))
        (folder / "kept.s").write_text(assembly)
        _run(folder, "as", "-o", "kept.o", "kept.s")
        _run(folder, "ld", "-shared", "--strip-all", "--build-id=none", f"-soname={soname}", "-o", soname, "kept.o")
        return (folder / soname).read_bytes()


def parted(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The head of common data, and each of their files by its name, in their order. Raises DataError."""
    if data[_FORMAT_AT : _FORMAT_AT + len(_FORMAT)] != _FORMAT:
        raise DataError("not ICU's common data")
    (length,) = _LENGTH.unpack_from(data)
    head, body = data[:length], data[length:]
    (count,) = _COUNT.unpack_from(body)
    entries = list(_ENTRY.iter_unpack(body[_COUNT.size : _COUNT.size + count * _ENTRY.size]))
    ends = [*(begins_at for _, begins_at in entries[1:]), len(body)]
    files = {}
    for (name_at, begins_at), ends_at in zip(entries, ends, strict=True):
        name = body[name_at : body.index(b"\0", name_at)].decode("ascii")
        files[name] = body[begins_at:ends_at]
    return head, files


def joined(head: bytes, files: Mapping[str, bytes]) -> bytes:
    """The inverse: ICU looks for a name by halving, so that they stand in their order."""
    names, contents, entries = b"", b"", []
    names_at = _COUNT.size + len(files) * _ENTRY.size
    contents_at = _aligned(len(head) + names_at + sum(len(name) + 1 for name in files)) - len(head)
    for name, content in sorted(files.items()):
        entries.append(_ENTRY.pack(names_at + len(names), contents_at + len(contents)))
        names += name.encode("ascii") + b"\0"
        contents += content.ljust(_aligned(len(content)), _FILLING)
    start = head + _COUNT.pack(len(files)) + b"".join(entries) + names
    return start.ljust(len(head) + contents_at, _FILLING) + contents


def _aligned(length: int) -> int:
    return -(-length // _ALIGNMENT) * _ALIGNMENT


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True)
