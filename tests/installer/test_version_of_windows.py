"""What the frozen program runs first on Windows."""

import platform
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

HOOK = Path(__file__).resolve().parents[2] / "installer" / "version_of_windows.py"


class Version(tuple[int, ...]):
    """As sys.getwindowsversion() gives it."""

    platform_version = (10, 0, 19045)
    service_pack = ""
    service_pack_major = service_pack_minor = 0
    product_type = 1


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="later Pythons do not ask cmd, and the bundle's is 3.11")
def test_that_the_version_of_windows_is_known_and_no_console_is_opened_for_it(monkeypatch):
    def opened(*arguments, **_):
        raise AssertionError(f"a console for {arguments}")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "getwindowsversion", lambda: Version((10, 0, 19045)), raising=False)
    monkeypatch.setattr(subprocess, "check_output", opened)
    with pytest.raises(AssertionError, match="ver"):
        platform.win32_ver()
    monkeypatch.setattr(platform, "_syscmd_ver", platform._syscmd_ver)  # type: ignore[attr-defined]  # put back at the end
    runpy.run_path(str(HOOK))
    assert platform.win32_ver()[:2] == ("10", "10.0.19045")
