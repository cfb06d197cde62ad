"""ICU's data for the languages of the wall, made of all of them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest

from installer import icu
from wallboard.language import Language

QT = Path(PySide6.__file__).parent / "Qt" / "lib"

ON_LINUX = pytest.mark.skipif(
    sys.platform != "linux" or not all(map(shutil.which, ("objcopy", "as", "ld"))),
    reason="takes Qt's library for Linux apart",
)

HEAD = b"\x20\x00\xda\x27\x14\x00\x00\x00\x00\x00\x02\x00CmnD\x01\x00\x00\x00" + bytes(12)
FILES = {"icudt73l/coll/id.res": b"i" * 16, "icudt73l/coll/zh.res": b"z" * 48, "icudt73l/root.res": b"r" * 32}

ASK = """
import ctypes, json, sys

library = ctypes.CDLL(sys.argv[1])
collator = library[f"ucol_open_{sys.argv[2]}"]
collator.restype = ctypes.c_void_p
converter = library[f"ucnv_open_{sys.argv[2]}"]
converter.restype = ctypes.c_void_p
compare = library[f"ucol_strcoll_{sys.argv[2]}"]


def order(locale, one, other):
    error = ctypes.c_int()
    opened = ctypes.c_void_p(collator(locale.encode(), ctypes.byref(error)))
    texts = [ctypes.create_string_buffer(text.encode("utf-16-le") + bytes(2)) for text in (one, other)]
    return compare(opened, texts[0], -1, texts[1], -1) if opened and error.value <= 0 else None


def is_known(charset):
    return bool(converter(charset.encode(), ctypes.byref(ctypes.c_int())))


pairs = ("apel", "Buah"), ("\\u00e9", "f"), ("Z", "a")
orders = [order(locale, *pair) for locale in ("id", "en", "ja") for pair in pairs]
print(json.dumps([orders, [is_known(name) for name in ("utf-8", "us-ascii", "shift-jis")]]))
"""


@pytest.mark.parametrize("name", ["id.res", "id_ID.res", "coll/en.res", "root.res", "res_index.res", "pool.res"])
def test_that_the_walls_languages_and_what_is_of_none_are_kept(name):
    assert icu.is_kept(f"icudt73l/{name}")


@pytest.mark.parametrize("name", ["de.res", "coll/zh_Hant_TW.res", "es_.res", "gb18030.cnv", "brkitr/thaidict.dict"])
def test_that_other_languages_and_charsets_are_not(name):
    assert not icu.is_kept(f"icudt73l/{name}")


def test_that_every_language_of_the_wall_is_kept():
    assert set(icu.LANGUAGES) == {language.value for language in Language}


def test_that_data_come_apart_as_they_were_put_together():
    assert icu.parted(icu.joined(HEAD, FILES)) == (HEAD, FILES)


def test_that_what_is_no_data_of_icus_is_refused():
    with pytest.raises(icu.DataError):
        icu.parted(bytes(64))


@pytest.fixture(scope="module")
def whole():
    """Qt's own library of ICU's data."""
    return next(QT.glob("libicudata.so.*"))


@pytest.fixture(scope="module")
def smaller(whole, tmp_path_factory):
    """The reduced one, with the libraries that read it beside it."""
    folder = tmp_path_factory.mktemp("icu")
    for library in (*QT.glob("libicuuc.so.*"), *QT.glob("libicui18n.so.*")):
        shutil.copy(library, folder)
    (folder / whole.name).write_bytes(icu.reduced(whole.read_bytes(), version(whole)))
    return folder / whole.name


def version(library):
    return str(library).rpartition(".")[2]


@ON_LINUX
def test_that_qts_own_data_come_apart_and_together_to_the_byte(whole, tmp_path):
    subprocess.run(["objcopy", "-O", "binary", "-j", ".rodata", whole, tmp_path / "data"], check=True)
    data = (tmp_path / "data").read_bytes()
    assert icu.joined(*icu.parted(data)) == data


@ON_LINUX
def test_that_the_reduced_library_is_a_fifth_and_the_same_each_time(whole, smaller):
    assert smaller.stat().st_size < whole.stat().st_size / 5
    assert icu.reduced(whole.read_bytes(), version(whole)) == smaller.read_bytes()


@ON_LINUX
def test_that_icu_orders_words_with_it_as_before_and_knows_no_other_charset(smaller):
    # In a process of its own: this one has Qt's.
    library = next(smaller.parent.glob("libicui18n.so.*"))
    asked = subprocess.run(
        [sys.executable, "-c", ASK, library, version(smaller)], check=True, capture_output=True, text=True
    )
    assert json.loads(asked.stdout) == [[-1, -1, 1] * 3, [True, True, False]]
