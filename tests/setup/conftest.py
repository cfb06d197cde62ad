import pytest

from wallboard.demo.process import DemoProcess


@pytest.fixture(scope="package")
def demo():
    process = DemoProcess([])
    process.url = process.start()  # type: ignore[attr-defined]
    yield process
    process.stop()
