"""What a build asks of the machine that it runs on."""

import shutil
import subprocess

import pytest

from installer import build

GIT = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]


@pytest.fixture(autouse=True)
def no_time_told(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_that_the_time_of_a_build_is_that_of_its_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_COMMITTER_DATE", "1700000000 +0000")
    for command in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "--message", "one"]):
        subprocess.run([*GIT, *command], cwd=tmp_path, check=True)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    assert build.source_time_s() == 1_700_000_000


def test_that_an_archive_without_a_history_is_told_its_time(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SystemExit, match="SOURCE_DATE_EPOCH"):
        build.source_time_s()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert build.source_time_s() == 1_700_000_000


def test_that_a_machine_without_git_is_told_what_to_set(tmp_path, monkeypatch):
    """An archive needs none, and Windows brings none."""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="SOURCE_DATE_EPOCH"):
        build.source_time_s()


@pytest.mark.skipif(shutil.which(build.makensis()) is None, reason="NSIS is not installed")
def test_that_two_checkouts_of_one_commit_make_the_same_installer(tmp_path, monkeypatch):
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "wallboard.exe").write_text("a program")
    build.set_times(bundle, 1_700_000_000)
    monkeypatch.setattr(build, "BUNDLE", bundle)
    sources, made = build.ROOT, []
    for checked_out_s in (1_710_000_000, 1_720_000_000):
        checkout = tmp_path / str(checked_out_s)
        for folder in ("installer", "resources/icons"):
            shutil.copytree(sources / folder, checkout / folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        build.set_times(checkout, checked_out_s)
        monkeypatch.setattr(build, "ROOT", checkout)
        made.append(checkout / "made.exe")
        build.pack(made[-1], "0.1.0", compressed=False)
    assert made[0].read_bytes() == made[1].read_bytes()
