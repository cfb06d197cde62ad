"""The public CI's workflows run what is here: programs that exist, and actions that nobody can move."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_that_there_are_workflows():
    assert [path.stem for path in WORKFLOWS] == ["check", "release"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_that_an_action_is_named_by_its_commit(path):
    used = re.findall(r"uses: (\S+)", path.read_text())
    assert used
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}|\./\.github/workflows/check\.yml")
    assert [action for action in used if not pinned.fullmatch(action)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_that_every_program_of_the_project_that_is_run_is_there(path):
    text = path.read_text()
    programs = [*re.findall(r"scripts/\w+\.py", text), *re.findall(r"-m (installer[.\w]*)", text)]
    assert programs
    files = [name if name.endswith(".py") else f"{name.replace('.', '/')}.py" for name in programs]
    assert [name for name in files if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_that_a_workflow_may_write_nothing_where_it_does_not_say_so(path):
    assert "\npermissions:\n  contents: read\n\n" in path.read_text()


def steps(workflow):
    text = (ROOT / ".github" / "workflows" / f"{workflow}.yml").read_text()
    return re.split(r"^      - ", text, flags=re.MULTILINE)


def test_that_the_certificate_is_given_to_what_signs_alone_and_taken_away_after_it():
    build, wrap = (step for step in steps("release") if "secrets." in step)
    assert re.search(r"try \{ python -m installer\.build \} finally \{ Remove-Item", build)
    assert re.search(r"trap 'rm -r \"\$house\"' EXIT\n(?:.*\n)+\s+python3 -m installer\.msi", wrap)


def test_that_what_is_released_is_attested_and_what_is_no_release_yet_is_called_so():
    attested, drafted = steps("release")[-2:]
    assert "subject-checksums: dist/SHA256SUMS" in attested
    assert "--prerelease" in drafted
    assert "installer.notes" in drafted
