import pytest

from wallboard.demo.process import DemoProcess


@pytest.fixture
def quiet_demo():
    """A demo server of a quiet night, not started yet."""
    process = DemoProcess(["--scenario", "quiet"])
    yield process
    process.stop()


@pytest.fixture(scope="module")
def demo():
    """One of an afternoon, at its `url`."""
    process = DemoProcess(["--start", "2026-11-24T14:32:00+07:00"])
    process.url = process.start()  # type: ignore[attr-defined]
    yield process
    process.stop()


@pytest.fixture
def configuration(demo, tmp_path):
    """A file for it."""
    path = tmp_path / "wallboard.toml"
    path.write_text(f'[[feed]]\nid = "demo"\nurl = "{demo.url}"\nauth = "bearer"\n')
    return str(path)
