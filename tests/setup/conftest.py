import keyring
import pytest

from tests.test_selftest import Memory
from wallboard.demo.process import DemoProcess


@pytest.fixture(scope="package")
def demo():
    process = DemoProcess([])
    process.url = process.start()  # type: ignore[attr-defined]
    yield process
    process.stop()


@pytest.fixture
def vault():
    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield keyring.get_keyring()
    keyring.set_keyring(before)
