import tomllib

import pytest

from wallboard.configuration import locations


@pytest.fixture
def paths(monkeypatch, tmp_path):
    user, site = tmp_path / "user.toml", tmp_path / "site.toml"
    monkeypatch.setattr(locations, "user_path", lambda: user)
    monkeypatch.setattr(locations, "site_path", lambda: site)
    return user, site


def test_that_the_users_file_comes_before_the_machines(paths):
    user, site = paths
    assert locations.find() is None
    site.touch()
    assert locations.find() == site
    user.touch()
    assert locations.find() == user


def test_that_the_file_has_one_name_everywhere():
    assert locations.user_path() != locations.site_path()
    for path in (locations.user_path(), locations.site_path()):
        assert path.parts[-2:] == ("wallboard", "wallboard.toml")


def test_that_a_missing_configuration_is_explained_with_a_file_to_copy(paths):
    told = locations.explain_missing()
    assert all(str(path) in told for path in paths)
    assert locations.SMALLEST in told
    assert tomllib.loads(locations.SMALLEST)["feed"][0]["poll_interval_s"] == 2
