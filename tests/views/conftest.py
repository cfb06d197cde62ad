import pytest

from tests.views.scenes import scene


@pytest.fixture
def show(qtbot):
    """Builds scenes, and takes them down at the end."""

    scenes = []

    def build(*arguments, **options):
        made = scene(*arguments, **options)
        scenes.append(made)
        qtbot.addWidget(made.window)
        return made

    yield build
    scenes.clear()
