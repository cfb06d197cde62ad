"""Run by the frozen program before anything else (PyInstaller's runtime hook), on Windows.

Python 3.11 learns the version of Windows from `cmd /c ver`, which truststore, keyring and the wall's own name
ask for while it starts: a console that flashes up over the wall, and a tenth of a second. Without an answer there, it
takes what Windows itself tells. Python 3.12 asks nobody.
"""

import platform

platform._syscmd_ver = lambda *_, **__: ("", "", "")  # type: ignore[attr-defined]
