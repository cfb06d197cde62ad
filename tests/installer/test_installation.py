"""The installer's script, run by wine with a bundle of four small files: what it does where something is amiss.

What it does with the real bundle, installer/smoke.py looks at.
"""

import os
import shutil
import subprocess

import pytest

from installer import build, installation, machine

pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("makensis", "wine", machine.COMPILER)),
    reason="tried by wine, with what builds the installer",
)

OLD, NEW = "0.1.0", "0.2.0"
PROGRAM = {"wallboard.exe", "wallboard-cli.exe", "uninstall.exe", "_internal/library.dll"}


@pytest.fixture(scope="module")
def wine(tmp_path_factory):
    prefix = machine.Wine(tmp_path_factory.mktemp("wine") / "prefix")
    environment = {**os.environ, **prefix.environment}
    # A server that stays is not started anew with every program, and a desktop that is there is no child of the first
    # one with a window, whose pipes it would keep.
    subprocess.run(["wineserver", "--persistent"], env=environment, check=True)
    nowhere = subprocess.DEVNULL
    desktop = ["wine", "explorer", "/desktop"]
    with subprocess.Popen(desktop, env=environment, stdin=nowhere, stdout=nowhere, stderr=nowhere):
        yield prefix
        prefix.close()


@pytest.fixture(scope="module")
def setups(tmp_path_factory):
    """An installer of each version; each of its files says of which."""
    folder = tmp_path_factory.mktemp("setups")
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        for version in (OLD, NEW):
            bundle = folder / version
            (bundle / "_internal").mkdir(parents=True)
            for name in PROGRAM - {"uninstall.exe"} | ({"notes.txt"} if version == NEW else set()):
                (bundle / name).write_text(version)
            patch.setattr(build, "BUNDLE", bundle)
            made[version] = folder / f"{version}.exe"
            build.pack(made[version], version, compressed=False)
    return made


@pytest.fixture
def old(wine, setups):
    """The old version, installed for all users and taken away again."""
    one = installation.Installation(wine, setups[OLD])
    one.install("/ROLE=supervisor")
    yield one
    blocked = one.folder / "notes.txt"
    if blocked.is_dir():
        shutil.rmtree(blocked)
    blocked.unlink(missing_ok=True)
    one.uninstall("/PURGE")


@pytest.fixture
def written(wine, tmp_path):
    """Writes a configuration, and returns the switch that hands it over."""

    def write(text, name="house.toml"):
        (tmp_path / name).write_text(text)
        return f"/CONFIG={wine.name(tmp_path / name)}"

    return write


def configurations(installation):
    return {path.name: path.read_text() for path in installation.data.glob("*")}


def program(installation):
    """The version of each file but the uninstaller."""
    folder = installation.folder
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert files.keys() >= PROGRAM
    return {name: path.read_text() for name, path in files.items() if name != "uninstall.exe"}


def test_that_an_upgrade_replaces_every_file(old, setups):
    old.install(setup=setups[NEW])
    assert program(old) == dict.fromkeys(PROGRAM - {"uninstall.exe"} | {"notes.txt"}, NEW)


def test_that_an_upgrade_that_cannot_write_a_file_fails_and_puts_the_old_program_back(old, setups):
    uninstaller = (old.folder / "uninstall.exe").read_bytes()
    (old.folder / "notes.txt").mkdir()
    old.install(setup=setups[NEW], status=installation.STOPPED)
    assert program(old) == dict.fromkeys(PROGRAM - {"uninstall.exe"}, OLD)
    assert (old.folder / "uninstall.exe").read_bytes() == uninstaller
    assert old.value(installation.UNINSTALL_KEY, "DisplayVersion") == OLD


def test_that_after_an_installation_that_was_interrupted_the_next_one_goes_on_from_the_whole_program(old, setups):
    for name in ("wallboard.exe", "wallboard-cli.exe", "_internal"):
        (old.folder / name).rename(old.folder / f"{name}.old")
    (old.folder / "wallboard.exe").write_text("half")
    (old.folder / "notes.txt").mkdir()
    old.install(setup=setups[NEW], status=installation.STOPPED)
    assert program(old) == dict.fromkeys(PROGRAM - {"uninstall.exe"}, OLD)


def test_that_a_role_is_stored_in_small_letters(old):
    old.install("/ROLE=WALL")
    old.registered(OLD, "wall")


@pytest.mark.parametrize(
    ("role", "arguments"), [("supervisor", "--role supervisor"), ("wall", "--role wall"), ("demo", "--demo")]
)
def test_that_the_program_is_started_in_its_role(old, role, arguments):
    old.install(f"/ROLE={role}")
    assert arguments.encode("utf-16-le") in old.start_menu.read_bytes()


def test_that_a_role_that_is_none_is_named_and_refused(old):
    assert "/ROLE=King:" in old.install("/ROLE=King", status=installation.BAD_SWITCH)
    assert old.value(installation.KEY, "Role") == "supervisor"


def test_that_a_configuration_that_is_no_file_is_refused(old):
    for path in ("C:\\windows", "C:\\windows\\", "C:\\windows\\*.exe", "C:\\none.toml", ""):
        words = old.install(f"/CONFIG={path}", status=installation.BAD_SWITCH)
        assert f"/CONFIG={path}:" in words
    assert configurations(old) == {}


def test_that_a_configuration_is_taken_and_the_same_one_again_changes_nothing(old, written):
    for _ in range(2):
        old.install(written("first"))
        assert configurations(old) == {"wallboard.toml": "first"}
    for _ in range(2):
        old.install(written("second"))
        assert configurations(old) == {"wallboard.toml": "second", "wallboard.toml.old": "first"}


def test_that_every_configuration_that_was_replaced_is_kept(old, written):
    for text in ("first", "second", "second, with more", "fourth"):
        old.install(written(text))
    assert configurations(old) == {
        "wallboard.toml": "fourth",
        "wallboard.toml.old": "first",
        "wallboard.toml.old.1": "second",
        "wallboard.toml.old.2": "second, with more",
    }


def test_that_a_configuration_that_cannot_be_copied_leaves_program_and_configuration_as_they_were(old, setups, written):
    old.install(written("first"))
    (old.data / "wallboard.toml.new").mkdir()
    old.install(written("second"), setup=setups[NEW], status=installation.NOT_CONFIGURED)
    (old.data / "wallboard.toml.new").rmdir()
    assert configurations(old) == {"wallboard.toml": "first"}
    assert set(program(old).values()) == {OLD, NEW}, "only what is new may be new"
    assert old.value(installation.UNINSTALL_KEY, "DisplayVersion") == OLD


def test_that_the_installed_configuration_may_be_handed_over_itself(old, written):
    old.install(written("first"))
    old.install("/CONFIG=C:\\ProgramData\\Wallboard\\..\\wallboard\\wallboard.toml")
    assert configurations(old) == {"wallboard.toml": "first"}


def test_that_beside_an_installation_for_all_there_is_none_for_one(old):
    words = old.install("/CurrentUser", status=installation.INSTALLED_FOR_OTHERS)
    assert "C:\\Program Files\\Wallboard" in words
    assert old.value(installation.KEY, "InstallDir", "HKCU") is None


def test_that_beside_an_installation_for_one_there_is_none_for_all(wine, setups):
    one = installation.Installation(wine, setups[OLD])
    one.install("/CurrentUser")
    words = one.install("/AllUsers", status=installation.INSTALLED_FOR_OTHERS)
    assert str(one.value(installation.KEY, "InstallDir", "HKCU")) in words
    assert not one.folder.exists()
    one.install(setup=setups[NEW])  # as it was before
    assert one.value(installation.UNINSTALL_KEY, "DisplayVersion", "HKCU") == NEW
    (wine.path(one.value(installation.KEY, "InstallDir", "HKCU") or "") / "notes.txt").unlink()
    one.uninstall("/PURGE", root="HKCU")
