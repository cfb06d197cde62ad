"""`report`, as people type it, on a simulated centre."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.program import ROOT, run

DAY = ("--start", "2026-11-24T14:32:00+07:00")


@pytest.fixture
def report(demo, configuration):
    def made(*arguments):
        return run("report", *arguments, "--config", configuration, WALLBOARD_TOKEN_DEMO=demo.token)

    return made


def test_that_yesterday_is_reported_in_indonesian(report):
    done = report()
    assert done.returncode == 0, done.stderr
    assert "\nSenin, 23 November 2026\n" in done.stdout
    assert "\n  Terverifikasi " in done.stdout


def test_that_the_report_is_the_days_own_figures(report, demo, configuration):
    (today,) = json.loads(report("today", "--json").stdout)["centres"]
    done = run("check", "--json", "--config", configuration, WALLBOARD_TOKEN_DEMO=demo.token)
    funnel = json.loads(done.stdout)["funnel_today"]
    named = ("received", "answered", "verified", "information", "prank", "ghost", "abandoned")
    # The day goes on between the two.
    assert {name: today["calls"][name] for name in named} == {
        name: pytest.approx(funnel[name], abs=3) for name in named
    }
    assert today["calls"]["since"] is None
    assert len(today["days"]) == 1
    assert today["days"][0]["partial"]


def test_that_a_report_is_written_for_paper_and_for_a_spreadsheet(report, tmp_path):
    page, sheet = tmp_path / "laporan.html", tmp_path / "laporan.csv"
    for path in (page, sheet):
        done = report("2026-11-23", "--out", str(path))
        assert (done.returncode, done.stdout) == (0, f"Laporan disimpan: {path}\n"), done.stderr
    assert '<html lang="id">' in page.read_text(encoding="utf-8")
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        told = {(row["table"], row["figure"]): row["value"] for row in csv.DictReader(file)}
    assert int(told["calls", "received"]) > 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["laporan.csv", "laporan.html", "wallboard.toml"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full")
def test_that_a_disk_that_is_full_is_said_with_the_file(report, tmp_path):
    path = tmp_path / "laporan.csv"
    path.symlink_to("/dev/full")
    done = report("--out", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "report: [Errno 28] No space left on device: '/dev/full'" in done.stderr


def test_that_a_report_that_is_made_each_day_names_its_day(report, tmp_path):
    report("--out", str(tmp_path / "112 {period}.html"))
    assert (tmp_path / "112 2026-11-23.html").exists()


def test_that_a_report_of_nothing_leaves_the_one_that_is_there(report, tmp_path):
    path = tmp_path / "laporan.csv"
    path.write_text("of the day before")
    done = report("2024", "--out", str(path))
    assert (done.returncode, done.stdout) == (3, "")
    assert "maupun 7 hari sebelumnya" in done.stderr
    assert done.stderr.endswith("Tidak ada berkas yang disimpan: tidak ada yang diketahui tentang periode ini.\n")
    assert path.read_text() == "of the day before"


def test_that_a_period_that_has_passed_out_of_memory_is_no_report_of_zeros(report):
    done = report("2024", "--language", "en")
    assert done.returncode == 3
    assert "nor of the 7 days before it" in done.stdout
    assert "Received" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["soon"], "'soon' is no period"),
        (["2030"], "2030 has not begun: at the centre (demo) it is 2026-11-24 14:3"),
        (["--out", "report.docx"], "'report.docx' is neither a .html nor a .csv file"),
        (["--out", "nowhere/report.csv"], "nowhere"),
        (["--feed", "dumai"], "there is no feed 'dumai'; there are: demo"),
    ],
)
def test_that_what_cannot_be_done_is_said_with_status_2(report, arguments, said):
    done = report(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no broken pipe")
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_that_a_reader_who_has_had_enough_is_no_fault(demo, configuration, form):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output:
        done = subprocess.run(
            [sys.executable, "main.py", "report", *form, "--config", configuration],
            env={**os.environ, "WALLBOARD_TOKEN_DEMO": demo.token},
            stdout=output, stderr=subprocess.PIPE, cwd=ROOT, check=False, timeout=120,
        )  # fmt: skip
    assert done.returncode == 0
    assert b"pipe" not in done.stderr


def test_that_a_server_that_is_not_there_is_status_3_and_said_in_the_report(tmp_path):
    path = tmp_path / "wallboard.toml"
    path.write_text('[[feed]]\nid = "far"\nurl = "http://127.0.0.1:9/api/v1"\n')
    done = run("report", "--config", str(path))
    assert done.returncode == 3
    assert "Laporan tidak tersedia: Server tidak dapat dihubungi" in done.stdout
    (centre,) = json.loads(run("report", "--json", "--config", str(path)).stdout)["centres"]
    assert centre["failure"]["kind"] == "network"


def test_that_of_several_centres_one_that_fails_is_in_the_file_and_said(report, configuration, tmp_path):
    far = '[[feed]]\nid = "far"\nurl = "http://127.0.0.1:9/api/v1"\ncentre_name = "112 Dumai"\n'
    with open(configuration, "a") as file:
        file.write(far)
    path = tmp_path / "laporan.html"
    done = report("--out", str(path))
    assert (done.returncode, done.stdout) == (0, f"Laporan disimpan: {path}\n")
    assert "112 Dumai: Laporan tidak tersedia: Server tidak dapat dihubungi" in done.stderr
    assert "112 Dumai" in path.read_text(encoding="utf-8")


def test_that_a_demo_can_be_reported_on_without_a_configuration(tmp_path):
    done = run("report", "--demo", *DAY, "--centres", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert [one["name"] for one in json.loads(done.stdout)["centres"]] == ["112 Bengkalis (demo)", "112 Siak (demo)"]
