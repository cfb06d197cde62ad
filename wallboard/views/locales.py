"""Qt's own words for dates and numbers, in the wall's languages."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from wallboard.language import Language

LOCALES = {
    Language.INDONESIAN: QLocale(QLocale.Language.Indonesian, QLocale.Country.Indonesia),
    Language.ENGLISH: QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom),
}
