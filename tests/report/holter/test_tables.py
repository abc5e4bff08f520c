"""The tables of a report say what was counted."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import datetime

import pytest

from ectopy.report.holter.figures import Rates, holter_figures
from ectopy.report.holter.tables import Tables
from ectopy.report.html import render_report
from ectopy.report.language import ENGLISH, Language

START = datetime(2026, 3, 1, 22, 30)


@pytest.fixture(scope="module")
def analysis(make_analysis, odd_beat):
    odd = [odd_beat(beat, 5.0, predicted="V") for beat in (100, 101, 102, 4000, 4001, 6000)]
    odd += [odd_beat(beat, 0.5, predicted="S") for beat in (200, 7300)]
    return make_analysis(duration=7500.0, fs=20.0, odd=odd)


@pytest.fixture(scope="module")
def figures(analysis):
    return holter_figures(analysis)


def _tables(figures, start=None, language=ENGLISH):
    return Tables(figures, language.clock(start), language)


def test_hours_are_rows_of_what_was_counted_in_them(figures):
    heads, rows = (table := _tables(figures).hours()).heads, table.rows
    assert [row[0] for row in rows] == ["0:00", "1:00:00", "2:00:00", "all"]
    for row, hour in zip(rows, figures.hours, strict=False):
        told = dict(zip(heads, row, strict=True))
        assert told["beats"] == f"{hour.n_beats:,}"
        assert [told[name] for name in "VSF"] == [str(hour.classes[name]) for name in "VSF"]
        assert told["V runs"] == str(hour.n_ventricular_runs)
        assert told["mean, 1/min"] == f"{hour.rates.mean:.0f}"
    for name in ("V", "S", "F", "pauses", "V runs", "S runs"):
        column = [int(row[heads.index(name)]) for row in rows]
        assert column[-1] == sum(column[:-1]), name


def test_hours_past_midnight_stand_under_their_day(figures):
    rows = _tables(figures, START).hours().rows
    assert [row[0] for row in rows] == ["22:30:00", "23:30:00", "Day 2", "00:30:00", "all"]
    assert all(len(row) in (1, len(rows[0])) for row in rows)
    assert not any("day" in cell for row in rows[:-1] for cell in row)


def test_a_week_has_a_head_for_each_day(figures):
    hour = figures.hours[0]
    hours = tuple(replace(hour, start=3600.0 * n, stop=3600.0 * (n + 1)) for n in range(168))
    rows = _tables(replace(figures, hours=hours, duration=604800.0), START, Language("de")).hours().rows
    assert [row[0] for row in rows if len(row) == 1] == [f"Tag {n}" for n in range(2, 9)]
    assert len(rows) == 168 + 7 + 1


def test_ectopy_is_told_as_it_was_counted(figures):
    told = {row[0]: row[1:] for row in _tables(figures).ectopy().rows}
    assert told["beats"] == ("6", "2")
    assert told["isolated"] == ("1", "2")
    assert told["couplets"] == ("1", "0")
    assert told["runs (beats)"] == ("1 (3)", "0")
    assert told["longest run"] == ("3 beats at 60/min, 1:40", "–")
    hours = figures.analysed / 3600
    assert told["per hour"] == (f"{6 / hours:.1f}", f"{2 / hours:.1f}")


def test_rates_without_enough_intervals_are_dashes(figures):
    unknown = replace(figures, rates=Rates(None, None, None))
    assert [row[1] for row in _tables(unknown).rates().rows] == ["–", "–", "–"]


def test_variability_is_told_with_its_unit_and_left_out_where_undefined(figures):
    found = replace(figures.variability, sdnn=51.4, pnn50=0.123, lf_hf=None, sample_entropy=1.236)
    told = {row[0]: row[1:] for row in _tables(replace(figures, variability=found)).variability().rows}
    assert told["SDNN"] == ("51", "ms")
    assert told["pNN50"] == ("12.3", "%")
    assert told["sample entropy"] == ("1.24", "")
    assert "LF/HF" not in told


def test_every_cell_of_every_table_is_on_the_page(analysis, figures):
    page, tables = html.unescape(render_report(analysis)), _tables(figures)
    lists = (tables.intervals(), *tables.runs())
    shown = (tables.rates(), tables.hours(), tables.ectopy(), tables.variability(), *lists)
    for table in shown:
        for row in table.rows:
            cells = "".join(f"<td>{cell}</td>" for cell in row[1:])
            assert f'<tr><th scope="row">{row[0]}</th>{cells}</tr>' in page, row
