"""The window of the first start, as a person goes through it."""

import signal

import keyring
import pytest
from keyring.backends import fail, null
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWizard

from wallboard.configuration.load import load
from wallboard.feed.settings import Auth
from wallboard.language import Language, Words
from wallboard.setup import wizard as first_start
from wallboard.setup.choices import Choices, Role, chosen
from wallboard.setup.wizard import Ending, SetupWizard
from wallboard.setup.writing import replaced

INDONESIAN = Words(Language.INDONESIAN)

NOWHERE = "http://127.0.0.1:9/api/v1"
"""The port of discard, where nothing listens."""


@pytest.fixture
def target(tmp_path):
    return tmp_path / "wallboard" / "wallboard.toml"


@pytest.fixture
def begin(qtbot, target, vault, monkeypatch):
    monkeypatch.setattr(SetupWizard, "may_leave", lambda _: True)  # nobody is there to be asked

    def build(choices=Choices()):  # noqa: B008 (frozen)
        wizard = SetupWizard(target, choices)
        qtbot.addWidget(wizard)
        wizard.show()
        return wizard

    return build


def press_next(qtbot, wizard):
    qtbot.mouseClick(wizard.button(QWizard.WizardButton.NextButton), Qt.MouseButton.LeftButton)


def to_the_attempt(qtbot, wizard, url, token=""):
    press_next(qtbot, wizard)
    wizard.server.centre_name.setText("112 Bengkalis")
    wizard.server.url.setText(url)
    wizard.server.token.setText(token)
    press_next(qtbot, wizard)
    assert wizard.currentPage() is wizard.attempt
    qtbot.waitUntil(lambda: not wizard.attempt.asks, timeout=20_000)


def test_that_keys_go_to_the_first_question_of_a_page(qtbot, begin):
    wizard = begin()
    assert wizard.focusWidget() is wizard.start.languages[Language.INDONESIAN]
    press_next(qtbot, wizard)
    qtbot.keyClicks(wizard.focusWidget(), "112 Bengkalis")
    assert wizard.server.centre_name.text() == "112 Bengkalis"
    wizard.server.url.setText(NOWHERE)
    press_next(qtbot, wizard)
    press_next(qtbot, wizard)
    assert wizard.focusWidget() is next(iter(wizard.screen_page.roles.values()))


def finish(qtbot, wizard):
    qtbot.mouseClick(wizard.button(QWizard.WizardButton.FinishButton), Qt.MouseButton.LeftButton)


def test_that_a_person_comes_to_a_wall_that_runs(qtbot, begin, demo, target, vault):
    wizard = begin()
    to_the_attempt(qtbot, wizard, demo.url, demo.token)
    assert wizard.attempt.heading.text() == "Server menjawab dan datanya terbaca"
    assert wizard.attempt.details.text().startswith("112 Bengkalis (demo) · Asia/Jakarta\n")
    press_next(qtbot, wizard)
    wizard.screen_page.roles[Role.SUPERVISOR].setChecked(True)
    wizard.screen_page.measured.setChecked(True)
    wizard.screen_page.diagonal_in.setValue(24)
    wizard.screen_page.distance_m.setValue(0.7)
    press_next(qtbot, wizard)
    assert wizard.summary.where.text() == str(target)
    assert not target.exists(), "nothing is written before a person says so"
    with qtbot.waitSignal(wizard.finished):
        finish(qtbot, wizard)
    assert wizard.ending is Ending.CONFIGURED
    configuration = load(target)
    (feed,) = configuration.feed
    assert (feed.id, feed.url, feed.auth) == ("112-bengkalis", demo.url, Auth.BEARER)
    assert (configuration.wall.full_screen, configuration.wall.viewing_distance_m) == (False, 0.7)
    assert vault.secrets == {("wallboard", "112-bengkalis"): demo.token}
    assert demo.token not in target.read_text()
    assert demo.token not in wizard.summary.text.toPlainText()


def test_that_a_failure_is_told_in_the_feeds_own_words(qtbot, begin, demo):
    wizard = begin()
    to_the_attempt(qtbot, wizard, demo.url, "another token")
    assert wizard.attempt.heading.text() == "Server menolak token (401)"
    wizard.back()
    wizard.server.token.setText(demo.token)
    press_next(qtbot, wizard)
    qtbot.waitUntil(lambda: not wizard.attempt.asks, timeout=20_000)
    assert wizard.attempt.heading.text() == "Server menjawab dan datanya terbaca"


def test_that_a_server_that_is_not_there_yet_stops_nobody(qtbot, begin, target):
    wizard = begin(Choices(language=Language.ENGLISH))
    to_the_attempt(qtbot, wizard, NOWHERE, "t")
    assert wizard.attempt.heading.text() == "The server cannot be reached"
    press_next(qtbot, wizard)
    press_next(qtbot, wizard)
    with qtbot.waitSignal(wizard.finished):
        finish(qtbot, wizard)
    assert load(target).feed[0].url == NOWHERE


def test_that_what_cannot_be_is_said_at_its_field(qtbot, begin):
    wizard = begin()
    press_next(qtbot, wizard)
    wizard.server.url.setText("dispatch.example.go.id")
    wizard.server.auth.setCurrentIndex(wizard.server.auth.findData("basic"))
    press_next(qtbot, wizard)
    assert wizard.currentPage() is wizard.server
    assert wizard.server.wrong.text().splitlines() == [
        wizard.server.said("wrong_url"), wizard.server.said("wrong_user")
    ]  # fmt: skip
    assert wizard.server.url.property("wrong")
    assert not wizard.server.token_url.property("wrong")


@pytest.mark.parametrize(
    ("auth", "fields"),
    [
        ("none", set()),
        ("bearer", {"token"}),
        ("basic", {"user", "token"}),
        ("query", {"query_parameter", "token"}),
        ("oauth2", {"user", "token_url", "scope", "token"}),
    ],
)
def test_that_only_what_the_way_in_needs_is_asked(qtbot, begin, auth, fields):
    wizard = begin()
    press_next(qtbot, wizard)
    wizard.server.auth.setCurrentIndex(wizard.server.auth.findData(auth))
    secret = ("user", "query_parameter", "token_url", "scope", "token")
    assert {name for name in secret if getattr(wizard.server, name).isVisible()} == fields
    assert not wizard.server.centre_time_zone.isVisible()
    wizard.server.mapping.setCurrentIndex(wizard.server.mapping.findData("resgrid-v4"))
    assert wizard.server.centre_time_zone.isVisible(), "this system cannot tell it"


def test_that_the_demo_is_one_click_away_and_keeps_nothing(qtbot, begin, target, vault):
    wizard = begin()
    wizard.start.demo.setChecked(True)
    with qtbot.waitSignal(wizard.finished):
        finish(qtbot, wizard)
    assert wizard.ending is Ending.DEMO
    assert not target.parent.exists()
    assert vault.secrets == {}


def test_that_whoever_leaves_changes_nothing(qtbot, begin, target, vault):
    wizard = begin()
    to_the_attempt(qtbot, wizard, NOWHERE, "t")
    wizard.reject()
    assert wizard.ending is Ending.CANCELLED
    assert not target.parent.exists()
    assert vault.secrets == {}


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring])
def test_that_a_token_that_cannot_be_kept_stops_before_anything_is_written(qtbot, begin, target, backend):
    keyring.set_keyring(backend())
    wizard = begin()
    to_the_attempt(qtbot, wizard, NOWHERE, "the token")
    press_next(qtbot, wizard)
    press_next(qtbot, wizard)
    finish(qtbot, wizard)
    qtbot.waitUntil(lambda: wizard.summary.wrong.text() != "")
    assert "WALLBOARD_TOKEN_112_BENGKALIS" in wizard.summary.wrong.text()
    assert "the token" not in wizard.summary.wrong.text()
    assert not target.exists()
    assert wizard.isVisible()
    wizard.back()
    wizard.back()
    wizard.back()
    wizard.server.token.clear()
    for _ in range(3):
        press_next(qtbot, wizard)
    with qtbot.waitSignal(wizard.finished):
        finish(qtbot, wizard)
    assert target.exists()


def test_that_a_file_that_cannot_be_written_is_said(qtbot, begin, target):
    target.parent.write_text("a file, where the folder should be")
    wizard = begin()
    to_the_attempt(qtbot, wizard, NOWHERE)
    press_next(qtbot, wizard)
    press_next(qtbot, wizard)
    finish(qtbot, wizard)
    qtbot.waitUntil(lambda: wizard.summary.wrong.text() != "")
    assert wizard.summary.wrong.text().startswith("Berkas tidak dapat ditulis: ")
    assert wizard.button(QWizard.WizardButton.FinishButton).isEnabled()


def test_that_a_configuration_that_is_there_is_begun_with_and_kept_aside(qtbot, begin, target, vault):
    before = Choices(centre_name="Siak", url=NOWHERE, role=Role.SUPERVISOR)
    vault.set_password("wallboard", "siak", "kept")
    target.parent.mkdir()
    target.write_text(before.text())
    kept_as = replaced(target)
    wizard = begin(chosen(target.read_text(), target.parent))
    assert str(kept_as) in wizard.start._note.text()
    assert wizard.start.introduction.text() == wizard.start.said("introduction_again")
    press_next(qtbot, wizard)
    assert wizard.server.url.text() == NOWHERE
    assert wizard.server.token.placeholderText() == "kosong: yang sudah disimpan"
    wizard.server.centre_name.setText("112 Siak")
    for _ in range(3):
        press_next(qtbot, wizard)
    with qtbot.waitSignal(wizard.finished):
        finish(qtbot, wizard)
    assert kept_as.read_text() == before.text()
    assert load(target).feed[0].id == "siak", "under which its token is kept"
    assert vault.secrets == {("wallboard", "siak"): "kept"}


def test_that_it_speaks_both_languages_from_the_first_page_on(qtbot, begin):
    wizard = begin()
    wizard.start.languages[Language.ENGLISH].setChecked(True)
    english = Words(Language.ENGLISH)
    for page, name in zip(wizard.every_page, ("start", "server", "attempt", "screen", "summary"), strict=True):
        assert page.findChild(QLabel, "title").text() == english(f"setup.{name}.title")
    assert wizard.button(QWizard.WizardButton.NextButton).text() == "Next"
    to_the_attempt(qtbot, wizard, NOWHERE)
    press_next(qtbot, wizard)
    press_next(qtbot, wizard)
    assert 'language = "en"' in wizard.summary.text.toPlainText()


def test_that_an_answer_after_the_end_is_nobodys(qtbot, begin):
    wizard = begin()
    press_next(qtbot, wizard)
    wizard.server.url.setText("http://192.0.2.1/")
    press_next(qtbot, wizard)
    assert wizard.attempt.asks
    wizard.reject()
    assert not wizard.attempt.asks


def test_that_a_kept_token_goes_to_no_other_server(qtbot, begin, target, vault, demo):
    vault.set_password("wallboard", "siak", demo.token)
    wizard = begin(chosen(Choices(centre_name="Siak", url="https://dispatch.example.go.id").text(), target.parent))
    press_next(qtbot, wizard)
    wizard.server.url.setText(demo.url)
    press_next(qtbot, wizard)
    assert wizard.currentPage() is wizard.server
    assert wizard.server.wrong.text() == wizard.server.said("wrong_token")
    wizard.server.token.setText("typed for this one")
    press_next(qtbot, wizard)
    qtbot.waitUntil(lambda: not wizard.attempt.asks, timeout=20_000)
    assert wizard.attempt.heading.text() == "Server menolak token (401)", "the typed one was sent"


@pytest.mark.parametrize(
    ("url", "auth", "warned"),
    [
        ("http://dispatch.example.go.id", "bearer", True),
        ("http://dispatch.example.go.id", "none", False),
        ("https://dispatch.example.go.id", "bearer", False),
        ("http://127.0.0.1:8080", "bearer", False),
        ("", "bearer", False),
    ],
)
def test_that_a_token_that_anybody_can_read_on_its_way_is_warned_of(begin, url, auth, warned):
    wizard = begin()
    wizard.server.url.setText(url)
    wizard.server.auth.setCurrentIndex(wizard.server.auth.findData(auth))
    assert (wizard.server.caution.text() != "") == warned


def test_that_a_failure_comes_with_what_can_be_done_in_this_window(qtbot, begin, demo):
    wizard = begin()
    to_the_attempt(qtbot, wizard, demo.url, "another token")
    advice, detail = wizard.attempt.details.text().splitlines()
    assert advice == INDONESIAN("setup.advice.unauthorised")
    assert detail.startswith("Rincian: ")
    wizard.back()
    wizard.server.auth.setCurrentIndex(wizard.server.auth.findData("none"))
    press_next(qtbot, wizard)
    qtbot.waitUntil(lambda: not wizard.attempt.asks, timeout=20_000)
    assert wizard.attempt.details.text().startswith(INDONESIAN("setup.advice.unauthorised_without_token"))
    wizard.back()
    wizard.server.auth.setCurrentIndex(wizard.server.auth.findData("bearer"))
    wizard.server.token.setText(demo.token)
    wizard.server.url.setText(f"{demo.url}/snapshot")
    press_next(qtbot, wizard)
    qtbot.waitUntil(lambda: not wizard.attempt.asks, timeout=20_000)
    assert wizard.attempt.details.text().startswith(INDONESIAN("setup.advice.not_found"))


def test_that_the_window_is_no_larger_than_its_screen_and_what_does_not_fit_can_be_scrolled_to(qtbot, begin):
    wizard = begin()
    room = wizard.screen().availableGeometry()
    assert wizard.width() <= room.width()
    assert wizard.height() <= room.height()
    press_next(qtbot, wizard)
    wizard.server.auth.setCurrentIndex(wizard.server.auth.findData("oauth2"))
    wizard.server.token.setFocus()
    assert wizard.rect().contains(wizard.server.token.mapTo(wizard, wizard.server.token.rect().center()))


def test_that_whoever_would_lose_what_was_typed_is_asked(qtbot, begin, monkeypatch):
    wizard = begin()
    monkeypatch.setattr(SetupWizard, "may_leave", lambda _: False)
    press_next(qtbot, wizard)
    wizard.reject()
    assert wizard.isVisible()
    monkeypatch.setattr(SetupWizard, "may_leave", lambda _: True)
    wizard.reject()
    assert not wizard.isVisible()


def test_that_a_signal_ends_it_without_a_question(qapp, target, monkeypatch):
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    asked = []

    def ask(wizard):
        asked.append(wizard)
        return True

    monkeypatch.setattr(SetupWizard, "may_leave", ask)

    def end():
        (wizard,) = (window for window in qapp.topLevelWidgets() if isinstance(window, SetupWizard))
        wizard.next()
        signal.raise_signal(signal.SIGTERM)

    QTimer.singleShot(0, qapp, end)
    try:
        assert first_start.run(target, None) == (Ending.CANCELLED, Language.INDONESIAN)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert not asked
