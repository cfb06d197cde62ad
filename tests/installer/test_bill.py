"""Whose work is in the bundle: licences and the bill of materials."""

import json
import re
import sys
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

from installer import inputs, licences, parts, sbom
from installer.licences import Component
from installer.machine import Machine

ROOT = Path(__file__).resolve().parents[2]
LOCKS = [ROOT / "requirements" / name for name in ("bundle-windows.txt", "bundle-linux.txt")]


def package(folder, name, version, metadata, **texts):
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{metadata}")
    record = ["METADATA,,"]
    for path, text in texts.items():
        (info / path).parent.mkdir(parents=True, exist_ok=True)
        (info / path).write_text(text)
        record.append(f"{info.name}/{path},,")
    (info / "RECORD").write_text("\n".join(record))


@pytest.fixture
def environment(tmp_path):
    lock = tmp_path / "lock.txt"
    lock.write_text("a-b==1.0 \\\n    --hash=sha256:00\npyinstaller==6.0 \\\n    --hash=sha256:00\nqt==6 \\\n")
    package(tmp_path, "a_b", "1.0", "License-Expression: MIT\n", **{"licenses/sub/LICENSE": "b", "LICENSE": "a"})
    package(tmp_path, "qt", "6", "Classifier: License :: OSI Approved :: MIT License\n", COPYING="c")
    return lock, tmp_path


def test_that_each_package_is_named_with_its_licence_and_texts(environment):
    lock, folder = environment
    ours, qt, python = licences.components(lock, [str(folder)])
    assert (ours.name, ours.version, ours.licence) == ("a-b", "1.0", "MIT")
    assert sorted(path.name for path in ours.texts) == ["LICENSE", "LICENSE"]
    assert qt.licence == "MIT License"
    assert python.name == "python"


def test_that_texts_of_one_name_have_places_of_their_own(environment):
    lock, folder = environment
    places = [place for _, place in licences.destinations(licences.components(lock, [str(folder)])[:1])]
    assert sorted(places) == ["licences/a-b", "licences/a-b/sub"]


def test_that_a_package_that_lacks_is_a_fault(environment):
    lock, folder = environment
    lock.write_text(lock.read_text() + "none==1 \\\n")
    with pytest.raises(KeyError):
        licences.components(lock, [str(folder)])


def test_that_qt_comes_with_the_text_of_its_licence():
    for texts in licences.TEXTS.values():
        assert all((ROOT / "installer" / "texts" / text).is_file() for text in texts)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_that_what_is_frozen_is_what_is_locked_to_run(lock):
    frozen, running = licences.locked(lock), licences.locked(ROOT / "requirements" / "runtime.txt")
    assert {name: version for name, version in frozen.items() if name not in licences.BUILD_ONLY} == {
        name: "2.4.6" if name == "numpy" else running[name]  # runtime.txt has numpy for newer Pythons too
        for name in frozen.keys() - licences.BUILD_ONLY
    }
    assert "; " not in lock.read_text(encoding="utf-8"), "a marker, which pip evaluates where it runs"


def test_that_the_bill_names_every_part_with_its_hash():
    parts = [Component("qt", "6.11.3", "LGPL-3.0-only", ()), Component("python", "3.11.9", "PSF-2.0", (), "generic")]
    bill = json.loads(sbom.document("0.1.0", parts, {"qt": "00ff"}, 1_700_000_000))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert bill["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    qt, python = bill["components"]
    assert qt["purl"] == "pkg:pypi/qt@6.11.3"
    assert qt["hashes"] == [{"alg": "SHA-256", "content": "00ff"}]
    assert python["purl"] == "pkg:generic/python@3.11.9"
    assert bill["dependencies"][0]["dependsOn"] == ["qt", "python"]


def test_that_a_part_of_a_part_stands_under_it_and_without_a_version_that_nobody_knows():
    made = [
        Component("openssl", "1", "MIT", ()),
        Component("python", "3.11.9", "PSF-2.0", (), "generic"),
        Component("openssl", "3.0.13", "Apache-2.0", (), "generic", "python"),
        Component("libffi", "", "MIT", (), "generic", "python"),
    ]
    bill = json.loads(sbom.document("0.1.0", made, {"openssl": "00ff"}, 1))
    package, _, inside, libffi = bill["components"]
    assert (package["bom-ref"], inside["bom-ref"]) == ("openssl", "python/openssl")
    assert "hashes" in package
    assert "hashes" not in inside, "that of another file"
    assert "version" not in libffi
    assert libffi["purl"] == "pkg:generic/libffi"
    assert {one["ref"]: one["dependsOn"] for one in bill["dependencies"]} == {
        "wallboard": ["openssl", "python"],
        "python": ["python/openssl", "python/libffi"],
    }


@pytest.mark.skipif(sys.platform != "linux", reason="asks this environment's packages")
def test_that_libraries_inside_of_packages_say_their_versions(environment):
    lock, _ = environment
    silent = {*parts.SILENT, *parts.SILENT_IN_LINUX_PACKAGES}
    named = parts.linux(Path(sys.executable), lock)
    found = {f"{one.inside}/{one.name}": one.version for one in named if one not in silent}
    assert silent <= set(named)
    assert found["/pyinstaller-bootloader"] == "6.0"
    assert all(re.fullmatch(r"\d+(\.\d+)*", version) for version in found.values())
    assert found["pyside6-essentials/qt"] == version("PySide6-Essentials")


def test_that_every_library_that_numpy_brings_is_named():
    """As its own licence names them: on Windows GCC's and LAPACK are inside of OpenBLAS, on Linux more are files."""
    texts = [one.read_text() for one in distribution("numpy").files or () if one.name == "LICENSE.txt"]
    brought = {
        licences.normalised(name.replace(" ", "-"))
        for text in texts
        for name in re.findall(r"^Name: (.+)$", text, re.M)
    }
    here = (*parts.OF_PACKAGES, *parts.SILENT, *(parts.SILENT_IN_LINUX_PACKAGES if sys.platform == "linux" else ()))
    assert brought == {one.name for one in here if one.inside == "numpy"}


def test_that_the_font_is_named_in_its_own_version():
    for font in sorted((ROOT / "resources" / "fonts").glob("*.otf")):
        assert f"Version {parts.FONT.version}".encode("utf-16-be") in font.read_bytes(), font.name


def test_that_libraries_of_python_say_their_versions_or_are_named_without():
    assert not {one.name for one in parts.OF_WINDOWS_PYTHON} & {one.name for one in parts.SILENT_IN_WINDOWS_PYTHON}
    told = parts.told(Machine(), Path(sys.executable), parts.OF_WINDOWS_PYTHON[:5])
    assert dict.fromkeys((one.name for one in told), "python") == {one.name: one.inside for one in told}
    assert all(one.version for one in told)


def test_that_an_interpreter_that_cannot_be_asked_is_a_fault():
    nonsense = parts.Telling("none", "python", "MIT", "no_such_module", "no_such_module.version")
    with pytest.raises(parts.Untold, match="no_such_module"):
        parts.told(Machine(), Path(sys.executable), [nonsense])


def test_that_the_same_content_has_the_same_bill():
    parts = [Component("qt", "6.11.3", "LGPL-3.0-only", ())]
    assert sbom.document("0.1.0", parts, {}, 1) == sbom.document("0.1.0", parts, {}, 1)
    assert sbom.document("0.1.0", parts, {}, 1) != sbom.document("0.1.1", parts, {}, 1)


def test_that_a_python_that_is_not_the_pinned_one_is_refused(tmp_path):
    (tmp_path / inputs.PYTHON_ARCHIVE).write_bytes(b"another")
    with pytest.raises(inputs.PinError, match="not the file that is pinned"):
        inputs.fetch(tmp_path)


def test_that_a_wheel_that_is_not_the_locked_one_counts_as_none(tmp_path):
    (tmp_path / inputs.LOCK.stem).mkdir()
    (tmp_path / inputs.LOCK.stem / "requests-2.34.2-py3-none-any.whl").write_bytes(b"another")
    with pytest.raises(inputs.PinError, match="requests"):
        inputs.wheels(tmp_path)


def test_that_a_wheel_of_another_system_is_none_of_this_one_though_its_hash_is_locked(tmp_path):
    content = {"windows": b"for Windows", "linux": b"for Linux"}
    locks = {system: tmp_path / f"{system}.txt" for system in content}
    for system, lock in locks.items():
        lock.write_text("a==1 " + " ".join(f"--hash=sha256:{inputs.sha256(one)}" for one in content.values()))
        (tmp_path / system).mkdir()
        (tmp_path / system / f"a-1-{system}.whl").write_bytes(content[system])
    assert [path.name for path in inputs.wheels(tmp_path, locks["linux"])] == ["a-1-linux.whl"]
    assert [path.name for path in inputs.wheels(tmp_path, locks["windows"])] == ["a-1-windows.whl"]
