"""What is in a bundle and came in no package of its own: libraries inside Python, Qt and other packages, and what the
tools add. A version is what the frozen interpreter and the tools say; a part that says none is named without.

Libraries inside Qt itself are not told apart: Qt's documentation lists them ("Licenses Used in Qt").
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from installer.licences import Component, locked
from installer.machine import Machine

GENERIC = "generic"
"""The kind of a package URL that is of no package index."""


class Untold(Exception):  # noqa: N818 (a state of the interpreter, not of this program)
    """The frozen interpreter does not say what it is made of."""


@dataclass(frozen=True)
class Telling:
    """A library that says its version: how Python asks it."""

    name: str
    inside: str
    licence: str
    modules: str
    version: str


OF_PACKAGES = (
    Telling("qt", "pyside6-essentials", "LGPL-3.0-only", "PySide6.QtCore", "PySide6.QtCore.qVersion()"),
    Telling(
        *("openblas", "numpy", "BSD-3-Clause", "numpy"),
        "numpy.show_config('dicts')['Build Dependencies']['blas']['version']",
    ),
)

OF_WINDOWS_PYTHON = (
    Telling("openssl", "python", "Apache-2.0", "ssl", "ssl.OPENSSL_VERSION"),
    Telling("expat", "python", "MIT", "pyexpat", "pyexpat.EXPAT_VERSION"),
    Telling("zlib", "python", "Zlib", "zlib", "zlib.ZLIB_RUNTIME_VERSION"),
    Telling("mpdecimal", "python", "BSD-2-Clause", "decimal", "decimal.__libmpdec_version__"),
    Telling("sqlite", "python", "blessing", "sqlite3", "sqlite3.sqlite_version"),
    Telling(
        *("bzip2", "python", "bzip2-1.0.6", "_bz2, re"),
        r"re.search(rb'\d+\.\d+\.\d+(?=, \d+-[A-Z])', open(_bz2.__file__, 'rb').read())[0].decode()",
    ),
)

SILENT_IN_WINDOWS_PYTHON = (
    Component("libffi", "", "MIT", (), GENERIC, "python"),
    Component("liblzma", "", "public domain", (), GENERIC, "python"),
    Component("microsoft-visual-c-runtime", "", "Microsoft's terms for distributable code", (), GENERIC, "python"),
)

SILENT = (
    Component("lapack", "", "BSD-3-Clause-Open-MPI", (), GENERIC, "numpy"),
    Component("gcc-runtime-library", "", "GPL-3.0-or-later WITH GCC-exception-3.1", (), GENERIC, "numpy"),
    Component("pyinstaller-runtime-hooks", "", "Apache-2.0", (), GENERIC),
)

OF_LINUX_PACKAGES = (
    Telling(
        *("icu", "pyside6-essentials", "Unicode-3.0", "pathlib, PySide6"),
        "next(pathlib.Path(PySide6.__file__).parent.glob('Qt/lib/libicudata.so.*')).name",
    ),
    Telling(
        *("openssl", "cryptography", "Apache-2.0", "cryptography.hazmat.backends.openssl"),
        "cryptography.hazmat.backends.openssl.backend.openssl_version_text()",
    ),
)
"""What is in Debian's Python, Debian's packages bring."""

SILENT_IN_LINUX_PACKAGES = (
    Component("libquadmath", "", "LGPL-2.1-or-later", (), GENERIC, "numpy"),
    Component("libffi", "", "MIT", (), GENERIC, "cffi"),
)

FONT = Component("b612", "1.008", "OFL-1.1", (), GENERIC)
"""In resources/fonts, with its text; the version is the files' own."""


def windows(where: Machine, python: Path, lock: Path, nsis: str) -> list[Component]:
    """Raises Untold."""
    return [
        *told(where, python, (*OF_PACKAGES, *OF_WINDOWS_PYTHON)),
        *SILENT_IN_WINDOWS_PYTHON,
        *SILENT,
        FONT,
        _bootloader(lock),
        Component("nsis", nsis, "Zlib", (), GENERIC),
    ]


def linux(python: Path, lock: Path) -> list[Component]:
    """Raises Untold."""
    return [
        *told(Machine(), python, (*OF_PACKAGES, *OF_LINUX_PACKAGES)),
        *SILENT_IN_LINUX_PACKAGES,
        *SILENT,
        FONT,
        _bootloader(lock),
    ]


def told(where: Machine, python: Path, asked: Sequence[Telling]) -> list[Component]:
    modules = ", ".join(one.modules for one in asked)
    versions = ", ".join(one.version for one in asked)
    done = where.run(python, "-c", f"import json, {modules}; print(json.dumps([{versions}]))")
    if done.status:
        raise Untold(done.errors)
    found = [re.search(r"\d+(\.\d+)*", text) for text in json.loads(done.output)]
    return [
        Component(one.name, version[0] if version else "", one.licence, (), GENERIC, one.inside)
        for one, version in zip(asked, found, strict=True)
    ]


def _bootloader(lock: Path) -> Component:
    licence = "GPL-2.0-or-later WITH Bootloader-exception"
    return Component("pyinstaller-bootloader", locked(lock)["pyinstaller"], licence, (), GENERIC)
