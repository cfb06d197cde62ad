"""The models announce exactly what changed, under Qt's own model tester."""

from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from tests.models.mirror import Mirror, watched
from wallboard.core.alarms import Severity
from wallboard.models.rows import Row, RowsModel


class LettersRow(Row, frozen=True, kw_only=True, gc=False):
    value: int = 0


class LettersModel(RowsModel[LettersRow]):
    row_type = LettersRow


def rows(text, values=None):
    return [LettersRow(id=letter, value=(values or {}).get(letter, 0)) for letter in text]


orders = st.lists(st.sampled_from("abcdefghij"), unique=True).map("".join)
histories = st.lists(st.tuples(orders, st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 3))), max_size=8)


@given(histories)
@settings(max_examples=300)
def test_that_any_history_of_rows_is_announced_so_that_it_can_be_followed(qapp, history):
    model = LettersModel()
    tester, mirror = watched(model), Mirror(model)
    for order, values in history:
        wanted = rows(order, values)
        model.show_rows(wanted)
        assert list(model.rows) == wanted
        assert mirror.rows == wanted
        assert model.rowCount() == len(wanted)
    tester.deleteLater()


@given(orders, st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 3)))
def test_that_nothing_is_announced_where_nothing_changed(qapp, order, values):
    model = LettersModel()
    model.show_rows(rows(order, values))
    mirror = Mirror(model)
    model.show_rows(rows(order, values))
    assert mirror.announced == 0


def test_that_one_changed_row_is_one_announcement_of_one_row(qtbot):
    model = LettersModel()
    model.show_rows(rows("abcdef"))
    spans = []
    model.dataChanged.connect(lambda first, last: spans.append((first.row(), last.row())))
    model.show_rows(rows("abcdef", {"c": 1}))
    assert spans == [(2, 2)]


def test_that_a_run_of_changed_rows_is_one_announcement(qtbot):
    model = LettersModel()
    model.show_rows(rows("abcdef"))
    spans = []
    model.dataChanged.connect(lambda first, last: spans.append((first.row(), last.row())))
    model.show_rows(rows("abcdef", {"b": 1, "c": 1, "f": 1}))
    assert spans == [(1, 2), (5, 5)]


def test_that_a_row_at_the_top_is_one_insertion(qtbot):
    model = LettersModel()
    model.show_rows(rows("abc"))
    mirror = Mirror(model)
    model.show_rows(rows("zabc"))
    assert mirror.announced == 1


def test_that_every_field_has_a_role_by_its_name(qapp):
    model = LettersModel()
    model.show_rows([LettersRow(id="a", value=3, severity=Severity.WARNING)])
    index = model.index(0)
    names = {bytes(name.data()).decode(): role for role, name in model.roleNames().items()}
    assert index.data(names["value"]) == 3
    assert index.data(names["severity"]) is Severity.WARNING
    assert index.data(Qt.ItemDataRole.DisplayRole) == "a"
    assert model.data(model.index(5), Qt.ItemDataRole.DisplayRole) is None
