"""What the installer's script and the program must agree on."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from installer import gate, installation
from wallboard import running

FOLDER = Path(__file__).resolve().parents[2] / "installer"
SCRIPT = (FOLDER / "wallboard.nsi").read_text(encoding="utf-8")

SYNCHRONIZE = 0x100000


def defined(name):
    match = re.search(rf'^!define {name} "?([^"\n;]+?)"?\s*(?:;.*)?$', SCRIPT, re.MULTILINE)
    assert match, name
    return match[1]


def test_that_it_knows_a_running_wall_by_the_names_that_the_wall_makes():
    assert defined("MUTEX") == running.MUTEX
    assert defined("QUIT_EVENT") == running.QUIT_EVENT


def test_that_it_removes_every_program_that_it_brings():
    uninstaller = SCRIPT[SCRIPT.index('Section "Uninstall"') :]
    for name in gate.PROGRAMS:
        assert f'Delete "$INSTDIR\\{name}"' in uninstaller


def test_that_it_is_registered_until_its_data_are_gone_too():
    """Else an installation that waits for that has its configuration purged."""
    uninstaller = SCRIPT[SCRIPT.index('Section "Uninstall"') :]
    assert uninstaller.rindex("RMDir") < uninstaller.index("DeleteRegKey")


def test_that_its_exit_codes_are_those_that_are_tried():
    for name in ("BAD_SWITCH", "WINDOWS_TOO_OLD", "NEWER_INSTALLED", "INSTALLED_FOR_OTHERS", "NOT_CONFIGURED"):
        assert int(defined(name)) == getattr(installation, name)


def test_that_a_switch_with_a_value_may_stand_in_quotes_as_a_whole():
    """Else one is passed over, and the installer says that all is well."""
    switches = re.findall(r'GetOptions\} \$R0 "(/\w+=)"', SCRIPT)
    assert sorted(switches) == ["/CONFIG=", "/ROLE="]
    for switch in switches:
        assert f'`"{switch}` `{switch}"` "+" $R0' in SCRIPT


def test_that_the_bundle_is_named_as_makensis_on_windows_finds_it():
    (pattern,) = re.findall(r'File /r "(.+)"', SCRIPT)
    assert pattern == "${BUNDLE}\\*.*"


def test_that_every_word_is_there_in_both_languages_and_used():
    words = re.findall(r"!insertmacro WORD (\w+)", (FOLDER / "words.nsh").read_text(encoding="utf-8"))
    assert len(words) == len(set(words)) > 10
    composed = [f"role_{role}{suffix}" for role in ("wall", "supervisor", "demo") for suffix in ("", "_means")]
    assert [word for word in words if f"$({word})" not in SCRIPT and word not in composed] == []


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere there are no such names")
def test_that_the_mutex_is_there_while_the_program_runs_and_no_longer():
    def is_there():
        if sys.platform == "win32":  # for the type checker elsewhere
            import ctypes

            kernel = ctypes.WinDLL("kernel32")
            handle = kernel.OpenMutexW(SYNCHRONIZE, False, running.MUTEX)
            kernel.CloseHandle(handle)  # or this process would keep it
            return bool(handle)
        return False

    code = "from wallboard import running; running.announce(); print('ready', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert is_there()
        process.communicate(b"\n")
    assert not is_there()


@pytest.mark.skipif(sys.platform == "win32", reason="there, somebody can ask")
def test_that_elsewhere_nobody_asks_the_wall_to_end():
    running.announce()
    assert not running.quit_request()()
