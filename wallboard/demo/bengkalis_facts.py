"""Kabupaten Bengkalis: its centre, agencies, units, call takers, districts and kinds of emergency, and how often.

Names of people and crews are made up, and so is every call. Figures are those of the trial of July to October 2025 as
the press reported them (6,870 calls, 1,026 verified), or of other centres where Bengkalis has published none.
"""

from __future__ import annotations

from msgspec import Struct

from wallboard.core.entities import Category, Disposition
from wallboard.demo.distributions import HOUR_PROFILE
from wallboard.demo.operations import Crew, Shift
from wallboard.demo.rows import Agency, Centre

CENTRE = Centre(id="bengkalis", name="112 Bengkalis (demo)", time_zone="Asia/Jakarta")

DISKOMINFOTIK, DAMKAR, BPBD, DINKES, DISHUB, SATPOL_PP = (
    "diskominfotik",
    "damkar",
    "bpbd",
    "dinkes",
    "dishub",
    "satpolpp",
)

_UNITS: dict[str, tuple[tuple[str, str], ...]] = {
    DISKOMINFOTIK: (),
    DAMKAR: (
        ("Damkar Bengkalis 1", "Bengkalis"),
        ("Damkar Bengkalis 2", "Bengkalis"),
        ("Damkar Duri 1", "Mandau"),
        ("Damkar Duri 2", "Mandau"),
        ("Damkar Pinggir", "Pinggir"),
        ("Damkar Sungai Pakning", "Bukit Batu"),
        ("Damkar Rupat", "Rupat"),
    ),
    BPBD: (
        ("TRC Bengkalis 1", "Bengkalis"),
        ("TRC Bengkalis 2", "Bengkalis"),
        ("TRC Bantan", "Bantan"),
        ("TRC Duri", "Mandau"),
        ("TRC Siak Kecil", "Siak Kecil"),
        ("TRC Rupat", "Rupat"),
    ),
    DINKES: (
        ("Ambulans Bengkalis", "Bengkalis"),
        ("Ambulans Selatbaru", "Bantan"),
        ("Ambulans Duri 1", "Mandau"),
        ("Ambulans Duri 2", "Mandau"),
        ("Ambulans Balai Makam", "Bathin Solapan"),
        ("Ambulans Pinggir", "Pinggir"),
        ("Ambulans Sungai Pakning", "Bukit Batu"),
        ("Ambulans Batu Panjang", "Rupat"),
    ),
    DISHUB: (
        ("Dishub Bengkalis", "Bengkalis"),
        ("Dishub Duri 1", "Mandau"),
        ("Dishub Duri 2", "Mandau"),
        ("Dishub Bukit Batu", "Bukit Batu"),
    ),
    SATPOL_PP: (
        ("Satpol PP Bengkalis 1", "Bengkalis"),
        ("Satpol PP Bengkalis 2", "Bengkalis"),
        ("Satpol PP Bantan", "Bantan"),
        ("Satpol PP Mandau", "Mandau"),
        ("Satpol PP Bathin Solapan", "Bathin Solapan"),
        ("Satpol PP Bukit Batu", "Bukit Batu"),
        ("Satpol PP Rupat", "Rupat"),
    ),
}
"""By agency, (name, station)."""

_NAMES = {
    DISKOMINFOTIK: ("Dinas Komunikasi, Informatika dan Statistik", "Diskominfotik"),
    DAMKAR: ("Dinas Pemadam Kebakaran dan Penyelamatan", "Damkar"),
    BPBD: ("Badan Penanggulangan Bencana Daerah", "BPBD"),
    DINKES: ("Dinas Kesehatan", "Dinkes"),
    DISHUB: ("Dinas Perhubungan", "Dishub"),
    SATPOL_PP: ("Satuan Polisi Pamong Praja", "Satpol PP"),
}

AGENCIES = tuple(
    Agency(id=agency, name=name, short_name=short_name, units_total=len(_UNITS[agency]))
    for agency, (name, short_name) in _NAMES.items()
)

SHIFTS = (
    Shift(
        begins=(7, 0),
        takers=(
            ("Rina Marlina", DISKOMINFOTIK),
            ("Andi Saputra", DAMKAR),
            ("Dewi Lestari", BPBD),
            ("Nurhayati", DINKES),
            ("Bambang Irawan", DISHUB),
            ("Zulkifli", SATPOL_PP),
            ("Siti Aminah", DISKOMINFOTIK),
        ),
    ),
    Shift(
        begins=(15, 0),
        takers=(
            ("Fitri Handayani", DISKOMINFOTIK),
            ("Hendra Gunawan", DAMKAR),
            ("Yusuf Maulana", BPBD),
            ("Ratna Sari", DINKES),
            ("Eko Prasetyo", DISHUB),
            ("Rahmat Hidayat", SATPOL_PP),
            ("Wulan Permata", DINKES),
        ),
    ),
    Shift(
        begins=(23, 0),
        takers=(
            ("Agus Salim", DISKOMINFOTIK),
            ("Doni Kurniawan", DAMKAR),
            ("Iskandar", BPBD),
            ("Mega Utami", DINKES),
            ("Rudi Hartono", DISHUB),
            ("Syafrizal", SATPOL_PP),
        ),
    ),
)


class District(Struct, frozen=True):
    """A kecamatan: its number of villages weighs how often it calls; `latitude`, `longitude` is its label point."""

    name: str
    villages: int
    latitude: float
    longitude: float
    places: tuple[str, ...]


# Villages and label points: HDX "Indonesia - Subnational Administrative Boundaries" (cod-ab-idn, 2019-12-20, OCHA and
# BPS, CC BY-IGO), village polygons dissolved by kecamatan.
DISTRICTS = (
    District("Bengkalis", 31, 1.42907, 102.34674, ("Jl. Hang Tuah", "Jl. Antara", "Kel. Rimba Sekampung", "Desa Senggoro")),
    District("Bantan", 23, 1.44889, 102.43317, ("Desa Teluk Pambang", "Desa Selatbaru", "Desa Bantan Tengah", "Desa Muntai")),
    District("Bukit Batu", 10, 1.37828, 101.98721, ("Jl. Jenderal Sudirman, Sungai Pakning", "Desa Dompas", "Desa Sejangat")),
    District("Bandar Laksamana", 7, 1.48429, 101.74723, ("Desa Tanjung Leban", "Desa Sepahat", "Desa Tenggayun", "Desa Api-Api")),
    District("Siak Kecil", 17, 1.12202, 101.97717, ("Desa Lubuk Muda", "Desa Sungai Siput", "Desa Sadar Jaya", "Desa Lubuk Garam")),
    District("Rupat", 16, 1.86700, 101.57648, ("Kel. Batu Panjang", "Kel. Terkul", "Desa Teluk Lecah", "Desa Pangkalan Nyirih")),
    District("Rupat Utara", 8, 2.02631, 101.55994, ("Desa Tanjung Medang", "Desa Teluk Rhu", "Desa Titi Akar")),
    District("Mandau", 11, 1.22124, 101.15415, ("Jl. Hangtuah, Duri", "Jl. Lintas Duri–Dumai", "Kel. Air Jamban", "Kel. Babussalam")),
    District("Bathin Solapan", 13, 1.31760, 101.08557, ("Desa Petani", "Desa Sebangar", "Desa Balai Makam", "Desa Bumbung")),
    District("Pinggir", 10, 1.13065, 101.26317, ("Jl. Sudirman", "Kel. Balai Raja", "Desa Muara Basung", "Desa Semunai")),
    District("Talang Muandau", 9, 1.16020, 101.53960, ("Desa Beringin", "Desa Melibur", "Desa Kuala Penaso", "Desa Tasik Serai")),
)  # fmt: skip
DISTRICT_WEIGHTS = tuple(district.villages for district in DISTRICTS)

CREWS = tuple(
    Crew(f"{agency}-{number}", agency, name, district.latitude, district.longitude)
    for agency, units in _UNITS.items()
    for number, (name, station) in enumerate(units, start=1)
    for district in DISTRICTS
    if district.name == station
)

JITTER_DEGREES = 0.01
"""About 1.1 km: as far as one can go from every label point, both ways at once, and stay inside its kecamatan."""


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of emergency. `weight` is its share among the verified calls, relative to the other kinds'; `on_scene_h`
    the shortest and the longest time of a crew at work, in hours; `notes` the call taker's line."""

    title: str
    category: Category
    priority: int
    weight: float
    crews: tuple[tuple[str, int], ...]
    on_scene_h: tuple[float, float]
    transport_share: float = 0.0
    also: tuple[str, ...] = ()
    """Agencies that take part without a crew."""
    notes: str


# Which emergencies: those that the press names for Bengkalis. How often each: an assumption, medical calls first, as in
# San Francisco's records; and how long crews stay: assumptions again, hours for peat fires and tidal floods.
KINDS = (
    Kind(title="Gawat darurat medis", category=Category.MEDICAL, priority=2, weight=24, crews=((DINKES, 1),),
         on_scene_h=(0.3, 1.0), transport_share=0.75, notes="Pasien sadar, sesak napas; keluarga menunggu di depan rumah"),
    Kind(title="Kecelakaan lalu lintas", category=Category.ACCIDENT, priority=1, weight=16, crews=((DINKES, 1), (DISHUB, 1)),
         on_scene_h=(0.6, 1.8), transport_share=0.6, notes="Dua sepeda motor, satu korban luka"),
    Kind(title="Ular masuk rumah", category=Category.OTHER, priority=3, weight=11, crews=((DAMKAR, 1),),
         on_scene_h=(0.5, 1.5), notes="Ular terlihat di dapur, penghuni sudah keluar"),
    Kind(title="Sarang tawon", category=Category.OTHER, priority=4, weight=8, crews=((DAMKAR, 1),),
         on_scene_h=(0.8, 2.0), notes="Sarang di atap, dekat sekolah"),
    Kind(title="Pohon tumbang", category=Category.DISASTER, priority=3, weight=9, crews=((BPBD, 1), (DISHUB, 1)),
         on_scene_h=(1.0, 3.0), notes="Menutup satu lajur jalan"),
    Kind(title="Kabel menjuntai", category=Category.OTHER, priority=3, weight=6, crews=((DISHUB, 1),), also=(DISKOMINFOTIK,),
         on_scene_h=(0.8, 2.5), notes="Kabel melintang setinggi kendaraan"),
    Kind(title="Keributan warga", category=Category.UNREST, priority=3, weight=7, crews=((SATPOL_PP, 2),),
         on_scene_h=(0.5, 2.0), notes="Dua kelompok pemuda, sekitar dua puluh orang"),
    Kind(title="Orang mencurigakan", category=Category.SECURITY, priority=3, weight=5, crews=((SATPOL_PP, 1),),
         on_scene_h=(0.4, 1.2), notes="Mondar-mandir di sekitar gudang"),
    Kind(title="Kebakaran rumah", category=Category.FIRE, priority=1, weight=5, crews=((DAMKAR, 2), (DINKES, 1)),
         on_scene_h=(1.2, 3.0), notes="Api dari dapur, penghuni sudah di luar"),
    Kind(title="Kebakaran lahan", category=Category.FIRE, priority=2, weight=7, crews=((DAMKAR, 1), (BPBD, 1)),
         on_scene_h=(4.0, 9.0), notes="Lahan gambut, asap tebal ke arah permukiman"),
    Kind(title="Banjir rob", category=Category.DISASTER, priority=2, weight=6, crews=((BPBD, 1),),
         on_scene_h=(3.0, 8.0), notes="Air setinggi lutut, belasan rumah"),
)  # fmt: skip
KIND_WEIGHTS = tuple(kind.weight for kind in KINDS)

TRIAL_CALLS, TRIAL_VERIFIED = 6870, 1026

CALLS_PER_HOUR = 15.3
"""6,870 calls over 56 working days of 8 h, if the trial began in August; 10.9 if in July. The upper, so that the day
looks alive; the centre is open round the clock now, so this is the mean of all 24 hours."""

CALLS_PER_DAY = 24 * CALLS_PER_HOUR

NOT_VERIFIED = {Disposition.GHOST: 1170, Disposition.PRANK: 1147, Disposition.INFORMATION: 455}
"""How the calls that are no emergency divide: Purworejo's, of 2,802 calls (gatra.com)."""

ABANDONED_SHARE = 0.03
"""An assumption: Bengkalis has published none, and no standard gives one."""

PATIENCE_S = (2.0, 45.0)
"""When those give up who give up, evenly: some before 5 s, which figures of abandonment leave out."""

TALK_S = {
    Disposition.VERIFIED: (65.0, 140.0),
    Disposition.INFORMATION: (60.0, 120.0),
    Disposition.PRANK: (8.0, 45.0),
    Disposition.GHOST: (5.0, 20.0),
}
"""With the wrap-up a handling time of 90 to 180 s for those who have something to say; Cilegon's standard gives their
intake 30 s to 1 min. Prank and ghost calls are shorter."""

ENTRY_S = WRAP_UP_S = (30.0, 60.0)
"""Intake before the report is on the board, and data entry after the call: 30 s to 1 min each (Cilegon's standard)."""

RETURN_S = (300.0, 1200.0)
TRANSPORT_S = (900.0, 2700.0)
"""An assumption: districts are large and there are two general hospitals."""

USUAL_CALLS_PER_HOUR = tuple(round(CALLS_PER_DAY / 24 * weight, 2) for weight in HOUR_PROFILE)
"""What a wall on this centre may take for usual, by local hour."""
