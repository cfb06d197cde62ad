"""The project's own promises: what is locked, what is documented, what the bootstrap says."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("runtime.txt", "dev.txt", "bundle-windows.txt", "bundle-linux.txt")


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock):
    """The hashes of each locked package, by name."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements" / lock).read_text(encoding="utf-8")):
        if match := re.match(r"([A-Za-z0-9_.-]+)==", block):
            found.setdefault(normalised(match[1]), []).extend(re.findall(r"--hash=sha256:[0-9a-f]{64}", block))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_that_a_lock_file_has_hashes_and_names_no_address(lock):
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    packages = locked(lock)
    assert packages
    assert [name for name, hashes in packages.items() if not hashes] == []


def test_that_every_dependency_is_locked_and_its_licence_named():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime, development = locked("runtime.txt"), locked("dev.txt")

    def names(requirements):
        return {normalised(re.split(r"[^A-Za-z0-9_.-]", requirement)[0]) for requirement in requirements}

    assert names(project["dependencies"]) <= runtime.keys()
    assert names(project["optional-dependencies"]["dev"]) | runtime.keys() <= development.keys()
    licences = normalised((ROOT / "docs" / "licences.md").read_text(encoding="utf-8"))
    assert [name for name in runtime if name not in licences] == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_that_without_a_screen_the_demo_says_how_to_see_it():
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "scripts/dev.py", "demo", "--scenario", "quiet"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "no screen" in done.stderr
    assert "render --demo --scenario quiet --out wall.png" in done.stderr


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere the files of a program that runs can be replaced")
def test_that_an_environment_that_a_program_runs_from_is_known():
    code = "import dev, pathlib, sys; print(dev.is_running(pathlib.Path(sys.executable)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "scripts", capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "True", done.stderr


def test_that_every_link_of_the_documents_leads_somewhere():
    folders = [ROOT, *(ROOT / name for name in ("docs", "benchmarks", "installer"))]
    documents = [document for folder in folders for document in folder.glob("*.md")]
    broken = [
        (document.name, link)
        for document in documents
        for link in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8"))
        if "://" not in link and not (document.parent / link).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("layer", ["core", "models", "views"])
def test_that_what_runs_each_second_makes_no_tuple_from_a_generator(layer):
    """CPython makes it longer than needed and cuts it: at its end the block joins a free list that it did not come
    from, which so grows by one with each, up to 2,000 for every length. `tuple([...])` takes its block from there.
    """
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "wallboard" / layer).rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "tuple"
        and any(isinstance(argument, ast.GeneratorExp) for argument in node.args)
    ]
    assert found == []
