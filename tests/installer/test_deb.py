"""The Debian package: its version, what it asks of the system, and what lies in it."""

import configparser
import gzip
import hashlib
import itertools
import os
import shutil
import subprocess
import sys

import pytest

from installer import deb
from installer.licences import Component
from wallboard import __version__

MADE_AT_S = 1_700_000_000
MAINTAINER = "A House <walls@house.example>"
COMPONENTS = [Component("qt", "6.11.3", "LGPL-3.0-only", ()), Component("python", "3.11.2", "PSF-2.0", ())]
DUMP = """
/usr/lib/a.so:     file format elf64-x86-64

Dynamic Section:
  NEEDED               libxcb.so.1
  NEEDED               libQt6Core.so.6
  NEEDED               libc.so.6
  RUNPATH              $ORIGIN

Version References:
  required from libc.so.6:
    0x09691a75 0x00 04 GLIBC_2.2.5
    0x069691b4 0x00 03 GLIBC_2.34
"""
OTHER_DUMP = DUMP.replace("2.34", "2.9").replace("libxcb.so.1", "libz.so.1")

ON_DEBIAN = pytest.mark.skipif(
    sys.platform == "win32" or not all(map(shutil.which, ("dpkg-deb", "objdump"))),
    reason="packs with Debian's tools",
)


@pytest.mark.parametrize(
    ("ours", "debians"),
    [
        ("1.2.3", "1.2.3"),
        ("1.2.3rc1", "1.2.3~rc1"),
        ("1.2.3a2", "1.2.3~a2"),
        ("1.2.3.dev4", "1.2.3~~dev4"),
        ("1.2.3rc1.dev4", "1.2.3~rc1~dev4"),
    ],
)
def test_that_a_version_has_debians_form(ours, debians):
    assert deb.version(ours) == debians


def test_that_the_programs_version_has_one():
    assert deb.version(__version__)


def test_that_what_is_no_version_is_refused():
    with pytest.raises(ValueError, match="is not a version"):
        deb.version("1.2.3-beta")


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="asks dpkg")
def test_that_dpkg_orders_versions_as_they_follow_each_other():
    versions = ["0.9.9", "0.10.0.dev1", "0.10.0a1", "0.10.0b1", "0.10.0rc1.dev1", "0.10.0rc1", "0.10.0rc10", "0.10.0"]
    for older, newer in itertools.pairwise(versions):
        order = ("dpkg", "--compare-versions", deb.version(older), "lt", deb.version(newer))
        assert subprocess.run(order, check=False).returncode == 0, f"{older} is not older than {newer}"


def test_that_needed_libraries_are_those_that_files_link_to():
    assert deb.needed([DUMP, OTHER_DUMP]) == {"libxcb.so.1", "libz.so.1", "libQt6Core.so.6", "libc.so.6"}


def test_that_the_newest_symbol_says_which_c_library_is_asked_for():
    assert deb.least_libc([DUMP, OTHER_DUMP]) == "2.34"


def test_that_a_library_is_of_its_package_and_the_c_library_is_named_apart():
    assert deb.packages({"libxcb.so.1", "libssl.so.3", "libcrypto.so.3", "libm.so.6"}) == {"libxcb1", "libssl3"}


def test_that_a_library_of_no_package_is_a_fault_that_names_it():
    with pytest.raises(deb.LibraryError, match=r"libnone\.so\.1"):
        deb.packages({"libnone.so.1", "libxcb.so.1"})


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="asks dpkg")
def test_that_the_libraries_that_are_here_are_of_the_packages_that_are_named():
    for soname, package in deb.LIBRARIES.items():
        places = [f"{top}/x86_64-linux-gnu/{soname}" for top in ("/lib", "/usr/lib")]
        asked = subprocess.run(["dpkg-query", "--search", *places], check=False, capture_output=True, text=True)
        owners = {line.split(":")[0] for line in asked.stdout.splitlines() if not line.startswith("diversion")}
        assert owners <= {package}, f"{soname} is of {owners}"


def test_that_the_changelog_is_of_this_version_and_time():
    text = deb.changelog("1.2.3rc1", MADE_AT_S, MAINTAINER)
    assert text.startswith("wallboard (1.2.3~rc1) ")
    assert text.endswith(f" -- {MAINTAINER}  Tue, 14 Nov 2023 22:13:20 +0000\n")


def test_that_the_copyright_names_every_part_and_holds_the_licence():
    text = deb.copyright_file("European Union\n\nPublic Licence\n", COMPONENTS)
    assert " qt 6.11.3: LGPL-3.0-only\n python 3.11.2: PSF-2.0\n" in text
    assert text.endswith("License: EUPL-1.2\n European Union\n .\n Public Licence\n")


@pytest.fixture
def bundle(tmp_path):
    folder = tmp_path / "bundle"
    (folder / "_internal").mkdir(parents=True)
    # Any program of Linux will do, for what is looked at is what it links to.
    shutil.copy("/bin/true", folder / "wallboard")
    (folder / "_internal" / "words.toml").write_bytes(b"w" * 1025)
    (folder / "_internal" / "same.toml").symlink_to("words.toml")
    (folder / "_internal" / "words.toml").chmod(0o600)
    return folder


@pytest.fixture
def staged(bundle, tmp_path):
    folder = tmp_path / "package"
    deb.stage(folder, bundle, "1.2.3rc1", COMPONENTS, MADE_AT_S)
    return folder


@ON_DEBIAN
def test_that_a_package_asks_for_the_libraries_that_its_program_links_to(bundle):
    depends, recommends = deb.wants(bundle)
    assert "ca-certificates" in depends
    assert [one for one in depends if one.startswith("libc6 (>= 2.")]
    assert "libspeechd2" in recommends


@ON_DEBIAN
def test_that_the_control_file_says_what_is_packed(staged):
    lines = dict(line.split(": ", 1) for line in (staged / "DEBIAN/control").read_text().splitlines() if ": " in line)
    assert (lines["Package"], lines["Version"], lines["Architecture"]) == ("wallboard", "1.2.3~rc1", "amd64")
    assert int(lines["Installed-Size"]) == deb.size_kib(staged)


@ON_DEBIAN
def test_that_a_size_counts_whole_kibibytes_and_one_for_a_folder_or_a_link(bundle):
    program = -(-(bundle / "wallboard").stat().st_size // 1024)
    assert deb.size_kib(bundle) == program + 2 + 1 + 1


@ON_DEBIAN
def test_that_a_house_can_put_its_own_address_in(bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("WALLBOARD_MAINTAINER", MAINTAINER)
    deb.stage(tmp_path / "package", bundle, "1.2.3", COMPONENTS, MADE_AT_S)
    assert f"Maintainer: {MAINTAINER}\n" in (tmp_path / "package/DEBIAN/control").read_text()


@ON_DEBIAN
def test_that_every_file_can_be_read_and_only_programs_run(staged):
    modes = {path.relative_to(staged).as_posix(): path.stat().st_mode & 0o777 for path in staged.rglob("*")}
    assert modes["usr/lib/wallboard/_internal/words.toml"] == 0o644
    assert (
        modes["usr/lib/wallboard/wallboard"]
        == modes["usr/lib/wallboard/session"]
        == modes["DEBIAN/postinst"]
        == modes["usr/lib/systemd"]
        == 0o755
    )
    assert set(modes.values()) == {0o644, 0o755}


@ON_DEBIAN
def test_that_the_command_is_a_link_to_the_program(staged):
    link = staged / "usr/bin/wallboard"
    assert os.readlink(link) == "../lib/wallboard/wallboard"
    assert link.resolve() == staged / "usr/lib/wallboard/wallboard"


@ON_DEBIAN
def test_that_sums_cover_every_file_and_no_link(staged):
    sums = dict(reversed(line.split("  ")) for line in (staged / "DEBIAN/md5sums").read_text().splitlines())
    files = {path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_file()}
    links = {path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_symlink()}
    assert sums.keys() == {name for name in files - links if not name.startswith("DEBIAN/")}
    name = "usr/lib/wallboard/_internal/words.toml"
    assert sums[name] == hashlib.md5((staged / name).read_bytes(), usedforsecurity=False).hexdigest()


@ON_DEBIAN
def test_that_two_packages_of_one_commit_are_the_same_bytes(bundle, tmp_path):
    packed = []
    for name in ("one", "two"):
        deb.stage(tmp_path / name, bundle, "1.2.3", COMPONENTS, MADE_AT_S)
        deb.pack(tmp_path / name, tmp_path / f"{name}.deb", MADE_AT_S)
        packed.append((tmp_path / f"{name}.deb").read_bytes())
    assert packed[0] == packed[1]


@ON_DEBIAN
def test_that_everything_belongs_to_root(staged, tmp_path):
    deb.pack(staged, tmp_path / "one.deb", MADE_AT_S)
    listed = subprocess.run(
        ["dpkg-deb", "--contents", tmp_path / "one.deb"], capture_output=True, text=True, check=True
    )
    assert {line.split()[1] for line in listed.stdout.splitlines()} == {"root/root"}


@ON_DEBIAN
def test_that_the_documents_are_there(staged):
    documents = staged / "usr/share/doc/wallboard"
    assert gzip.decompress((documents / "changelog.gz").read_bytes()).startswith(b"wallboard (1.2.3~rc1)")
    assert gzip.decompress((documents / "CHANGELOG.md.gz").read_bytes()).startswith(b"# Changes")


def sections(name):
    """Of a file of systemd's or a menu's; of a key that stands more than once, the last counts here."""
    parser = CaseKeepingParser(strict=False, interpolation=None)
    parser.read(deb.FILES / name, encoding="utf-8")
    return parser


class CaseKeepingParser(configparser.ConfigParser):
    def optionxform(self, optionstr):
        return optionstr


def test_that_the_service_starts_the_installed_program_whenever_it_ended_and_never_gives_up():
    unit = sections("wallboard.service")
    assert unit["Service"]["ExecStart"] == "/usr/bin/wallboard"
    assert unit["Service"]["Restart"] == "always"
    assert int(unit["Service"]["RestartSec"]) >= 1
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


def test_that_the_service_comes_and_goes_with_the_graphical_session():
    unit = sections("wallboard.service")
    assert {unit["Install"]["WantedBy"], unit["Unit"]["PartOf"], unit["Unit"]["After"]} == {"graphical-session.target"}


def test_that_the_session_of_its_own_starts_the_wall_and_is_a_graphical_one():
    session = sections("wallboard-session.target")["Unit"]
    assert session["Wants"] == "wallboard.service"
    assert session["BindsTo"] == "graphical-session.target"
    assert "Before" not in session, "a cycle: systemd would start no wall"
    assert sections("xsession.desktop")["Desktop Entry"]["Exec"] == f"/{deb.PROGRAM.as_posix()}/session"


def test_that_the_menu_entry_speaks_both_languages():
    parser = sections("wallboard.desktop")
    for section, keys in {
        "Desktop Entry": ("GenericName", "Comment", "Keywords"),
        "Desktop Action demo": ("Name",),
    }.items():
        for key in keys:
            assert parser[section][key] != parser[section][f"{key}[id]"]
    assert parser["Desktop Entry"]["Exec"] == "wallboard"


@pytest.mark.skipif(sys.platform == "win32", reason="asks a shell")
@pytest.mark.parametrize("name", [*deb.SCRIPTS, "session"])
def test_that_a_script_is_one_that_the_shell_reads(name):
    assert subprocess.run(["sh", "-n", deb.FILES / name], check=False).returncode == 0
