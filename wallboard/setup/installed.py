"""What the installer was told, on Windows: the same questions are not asked without an answer to begin with."""

from __future__ import annotations

import sys

from wallboard.language import Language
from wallboard.setup.choices import Choices, Role

KEY = r"Software\Wallboard"
"""installer/wallboard.nsi writes it: for this user, or for all."""

ENGLISH_LCID = "1033"
"""As Windows numbers languages, of which the installer has two."""


def first_choices() -> Choices:
    values = _values()
    return Choices(
        language=Language.ENGLISH if values.get("InstallerLanguage") == ENGLISH_LCID else Language.INDONESIAN,
        role=Role.SUPERVISOR if values.get("Role") == Role.SUPERVISOR else Role.WALL,
    )


def _values() -> dict[str, str]:
    if sys.platform != "win32":
        return {}
    import winreg

    found: dict[str, str] = {}
    for root in (winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_CURRENT_USER):
        try:
            with winreg.OpenKey(root, KEY, access=winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as key:
                for index in range(winreg.QueryInfoKey(key)[1]):
                    name, value, _ = winreg.EnumValue(key, index)
                    found[name] = str(value)
        except OSError:  # not installed for all, or for this user
            continue
    return found
