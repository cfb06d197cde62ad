"""The MSI around the installer."""

import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from installer import installation, machine, msi
from tests.installer.programs import smallest_program

MADE_AT_S = 1_700_000_000
CODE = "6E0F5A0E-6F0C-4C49-9F6E-2D0F8F3E5A01"

DRAWN = b"\x1e\0\0\0\x27\0\0\0{1B8C098F-B799-48F2-BFE3-B5A82AEEBA5B}\0\0" + 2 * b"@\0\0\0\0\x01\xce\xae\x43\x7d\xdd\x01"

DETECTED_ONLY, LOWEST_TOO = 0x2, 0x100
"""Of the table Upgrade (msidbUpgradeAttributes)."""

WIXL = pytest.mark.skipif(not all(map(shutil.which, ("wixl", "msiinfo"))), reason="wixl and msiinfo are not installed")


def test_that_what_is_drawn_by_lot_and_clock_is_settled():
    settled = msi.settled(b"before" + DRAWN + b"after", CODE, MADE_AT_S)
    assert settled.startswith(b"before\x1e\0\0\0\x27\0\0\0{" + CODE.encode() + b"}\0\0@\0\0\0")
    assert len(settled) == len(b"before" + DRAWN + b"after")
    assert msi.settled(settled, CODE, MADE_AT_S) == settled


@pytest.mark.parametrize("content", [b"", DRAWN + DRAWN])
def test_that_what_has_no_summary_as_wixl_writes_it_is_refused(content):
    with pytest.raises(msi.SummaryError):
        msi.settled(content, CODE, MADE_AT_S)


def attributes(element, name):
    tree = ElementTree.parse(msi.SCRIPT)
    return [one.get(name) for one in tree.iter(f"{{http://schemas.microsoft.com/wix/2006/wi}}{element}")]


def test_that_the_installer_is_run_silently_for_all_users_and_as_the_system():
    install, uninstall = (command.split() for command in attributes("CustomAction", "ExeCommand") if command)
    assert install == ["/S", "/AllUsers", "[WITH_ROLE]", "[WITH_CONFIG]"]
    assert uninstall == ["/S", "/AllUsers"]
    assert attributes("CustomAction", "Impersonate")[-2:] == ["no", "no"]


def test_that_the_program_is_found_where_the_installer_says_that_it_is():
    assert set(attributes("RegistrySearch", "Key")) == {installation.KEY}
    script = (msi.SCRIPT.parent / "wallboard.nsi").read_text(encoding="utf-8")
    for name in attributes("RegistrySearch", "Name"):
        assert f'WriteRegStr SHCTX "${{KEY}}" "{name}"' in script


def test_that_what_wraps_is_among_the_packages_that_the_build_names():
    assert "wixl" in machine.DEBIAN_PACKAGES


@pytest.fixture
def wrap(tmp_path):
    """Some program of Windows' in place of an installer."""
    setup = tmp_path / "setup.exe"
    setup.write_bytes(smallest_program())

    def build(version, name="one.msi"):
        msi.wrap(setup, tmp_path / name, MADE_AT_S, version)
        return tmp_path / name

    return build


def table(package, name):
    told = subprocess.run(["msiinfo", "export", package, name], check=True, capture_output=True, text=True)
    return [line.split("\t") for line in told.stdout.splitlines()[3:]]


@WIXL
def test_that_two_of_one_installer_are_the_same_bytes(wrap):
    assert wrap("1.2.3").read_bytes() == wrap("1.2.3", "two.msi").read_bytes()


@WIXL
def test_that_each_version_is_a_product_of_its_own_that_replaces_any_other_but_a_newer_one(wrap):
    candidate, release = wrap("1.2.3rc1", "candidate.msi"), wrap("1.2.3")
    products = [dict(table(one, "Property"))["ProductCode"] for one in (candidate, release)]
    assert products[0] != products[1]
    versions = {row[6]: (row[1], row[2], int(row[4])) for row in table(release, "Upgrade")}
    assert versions == {"OTHER": ("0.0.0", "", LOWEST_TOO), "NEWER": ("1.2.3", "", DETECTED_ONLY)}
    assert [row[0] for row in table(release, "LaunchCondition")] == ["NOT NEWER"]
    assert dict(table(release, "Property"))["ProductVersion"] == "1.2.3"


@WIXL
def test_that_the_installer_has_the_name_of_its_version(wrap):
    ((_, _, name, *_),) = table(wrap("1.2.3rc1"), "File")
    assert name.endswith("Wallboard-1.2.3rc1-setup.exe")


@WIXL
def test_that_switches_are_known_before_the_installer_runs_and_files_are_there(wrap):
    order = [name for name, *_ in sorted(table(wrap("1.2.3"), "InstallExecuteSequence"), key=lambda row: int(row[2]))]
    install = order.index("Install")
    assert {"TakeRole", "TakeConfiguration", "InstallFiles"} <= set(order[:install])
    assert order.index("FindUninstaller") < order.index("Uninstall") < order.index("RemoveFiles")
    assert order[-1] == "RemoveExistingProducts", "it would uninstall what the new one has installed"
