"""The program's name, version and owner, as Windows shows them in a file's properties."""

from __future__ import annotations

import re

PUBLISHER = "Wallboard"
COPYRIGHT = "European Union Public Licence 1.2"

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:(a|b|rc)(\d+))?(?:\.dev\d+)?")
_STAGE = {"a": 1_000, "b": 2_000, "rc": 3_000, None: 9_000}
"""The fourth number: a preview is older than the release of its version. A plain version ends in 9000."""


def four_numbers(version: str) -> tuple[int, int, int, int]:
    """Windows' own form of a version, in the same order as the versions: 1.2.3rc1 < 1.2.3.

    Raises ValueError for what is no version.
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(f"{version!r} is not a version such as 1.2.3 or 1.2.3rc1")
    major, minor, patch, stage, number = match.groups()
    return int(major), int(minor), int(patch), _STAGE[stage] + int(number or 0)


def resource(version: str, program: str, description: str) -> str:
    """A VSVersionInfo as PyInstaller reads it from a file; U+0409, 1200: English, Unicode."""
    numbers = four_numbers(version)
    strings = {
        "CompanyName": PUBLISHER,
        "FileDescription": description,
        "FileVersion": version,
        "InternalName": program,
        "LegalCopyright": COPYRIGHT,
        "OriginalFilename": f"{program}.exe",
        "ProductName": "Wallboard",
        "ProductVersion": version,
    }
    table = ", ".join(f"StringStruct({name!r}, {value!r})" for name, value in strings.items())
    return (
        "VSVersionInfo(\n"
        f"  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0, OS=0x40004, fileType=1,"
        " subtype=0, date=(0, 0)),\n"
        f"  kids=[StringFileInfo([StringTable('040904B0', [{table}])]),\n"
        "        VarFileInfo([VarStruct('Translation', [0x0409, 1200])])])\n"
    )
