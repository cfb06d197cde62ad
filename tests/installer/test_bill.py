"""Whose work is in the bundle: licences and the bill of materials."""

import json
from pathlib import Path

import pytest

from installer import inputs, licences, sbom
from installer.licences import Component

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
    parts = [Component("qt", "6.11.3", "LGPL-3.0-only", ()), Component("python", "3.11.9", "PSF-2.0", ())]
    bill = json.loads(sbom.document("0.1.0", parts, {"qt": "00ff"}, 1_700_000_000))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert bill["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    qt, python = bill["components"]
    assert qt["purl"] == "pkg:pypi/qt@6.11.3"
    assert qt["hashes"] == [{"alg": "SHA-256", "content": "00ff"}]
    assert python["purl"] == "pkg:generic/python@3.11.9"
    assert bill["dependencies"][0]["dependsOn"] == ["qt", "python"]


def test_that_the_same_content_has_the_same_bill():
    parts = [Component("qt", "6.11.3", "LGPL-3.0-only", ())]
    assert sbom.document("0.1.0", parts, {}, 1) == sbom.document("0.1.0", parts, {}, 1)
    assert sbom.document("0.1.0", parts, {}, 1) != sbom.document("0.1.1", parts, {}, 1)


def test_that_a_python_that_is_not_the_pinned_one_is_refused(tmp_path):
    (tmp_path / inputs.PYTHON_ARCHIVE).write_bytes(b"another")
    with pytest.raises(inputs.PinError, match="not the file that is pinned"):
        inputs.fetch(tmp_path)


def test_that_a_wheel_that_is_not_the_locked_one_counts_as_none(tmp_path):
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "requests-2.34.2-py3-none-any.whl").write_bytes(b"another")
    with pytest.raises(inputs.PinError, match="requests"):
        inputs.wheels(tmp_path)
