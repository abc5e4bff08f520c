import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ectopy.errors import AnnotationError, ParameterError
from ectopy.evaluation.ec57 import (
    beat_notes,
    beat_reports,
    compare_beats,
    compare_episodes,
    compare_runs,
    episode_reports,
    run_reports,
    summarise,
    to_frame,
)
from ectopy.evaluation.ec57.files import compare_records, read_pair, record_names
from ectopy.evaluation.ec57.marks import IntervalError
from ectopy.evaluation.ec57.summary import summarise_lines
from ectopy.labels import aami_classes
from ectopy.record import Annotations
from naive_matching import count_slowly

FS = 100
ANNOTATORS = ("atr", "tst")
RECORDS = ("100", "104", "119", "203", "207", "208", "232")
SHUTDOWN, RESUME = 48, 0


def marks(*rows):
    """Annotations at 100 Hz from (sample, symbol) or (sample, symbol, subtype or text)."""
    more = [row[2] if len(row) > 2 else 0 for row in rows]
    return Annotations(
        samples=[row[0] for row in rows],
        symbols=[row[1] for row in rows],
        subtypes=[0 if isinstance(value, str) else value for value in more],
        aux=tuple(value if isinstance(value, str) else "" for value in more),
        fs=FS,
    )


REFERENCE = marks((100, "N"), (200, "N"), (300, "V"), (400, "N"), (500, "A"), (600, "N"), (700, "N"))
TEST = marks((102, "N"), (198, "V"), (310, "V"), (450, "F"), (500, "A"), (700, "N"))

annotators = st.lists(st.tuples(st.integers(0, 1000), st.sampled_from("NNNNLAVVFQ/eE!+[]")), max_size=60).map(
    sorted
)
"""Marks in the order of time, close enough for ties, rivals and fast beats to be common."""


def by_class(rows):
    """Beats by class, and flutter marks."""
    classes = aami_classes([symbol for _, symbol in rows], scheme="bxb").tolist()
    named = [(sample, name or symbol) for (sample, symbol), name in zip(rows, classes, strict=True)]
    return [(sample, name) for sample, name in named if name in "NSVFQ[]"]


@pytest.fixture(scope="module")
def reference_dir(data_dir):
    folder = data_dir.parent / "reference" / "ec57"
    if not folder.is_dir():
        pytest.skip("ECTOPY_DATA_DIR has no reference/ec57 beside it: outputs of the WFDB comparators")
    return folder


@pytest.fixture(scope="module")
def pair(data_dir, reference_dir):
    def read(record):
        return read_pair(record, ANNOTATORS, (reference_dir / record, data_dir / "mitdb"))

    return read


def compared(compare, pair, record, *arguments):
    return compare(
        pair.reference,
        pair.test,
        *arguments,
        fs=pair.fs,
        length=pair.length,
        record=record,
        annotators=ANNOTATORS,
    )


def beat_files(found):
    yield "bxb_S", beat_reports.standard_report(found, sveb=True)
    yield "bxb_s", beat_reports.standard_report(found, sveb=False)
    yield "bxb_C", beat_reports.condensed_report(found, sveb=True)
    for letter, sveb in (("L", True), ("l", False)):
        lines = zip(beat_reports.HEADINGS[sveb], beat_reports.line_reports(found, sveb=sveb), strict=True)
        for number, (heading, line) in enumerate(lines, start=1):
            yield f"bxb_{letter}{number}", heading + line


def run_files(found):
    yield "rxr_S", run_reports.standard_report(found, sveb=True)
    lines = zip(run_reports.HEADINGS, run_reports.line_reports(found), strict=True)
    for number, (heading, line) in enumerate(lines, start=1):
        yield f"rxr_L{number}", heading + line


@pytest.mark.parametrize("record", RECORDS)
class TestBytesOfTheWfdbPrograms:
    def test_bxb(self, pair, reference_dir, record):
        for name, text in beat_files(compared(compare_beats, pair(record), record)):
            assert text == Path(reference_dir, record, f"{name}.txt").read_text(), name

    def test_rxr(self, pair, reference_dir, record):
        for name, text in run_files(compared(compare_runs, pair(record), record)):
            assert text == Path(reference_dir, record, f"{name}.txt").read_text(), name

    @pytest.mark.parametrize("kind", ["AF", "VF"])
    def test_epicmp(self, pair, reference_dir, record, kind):
        found = compared(compare_episodes, pair(record), record, kind)
        matrix, line = (Path(reference_dir, record, f"epicmp_{kind[0]}{form}.txt") for form in ("", "l"))
        assert str(found) == matrix.read_text()
        assert episode_reports.HEADINGS[kind] + episode_reports.line_report(found) == line.read_text()


class TestBeats:
    def test_the_report_of_a_case_worked_by_hand(self):
        found = compare_beats(REFERENCE, TEST, start=0, record="hand", annotators=ANNOTATORS)
        assert str(found) == (
            "Beat-by-beat comparison results for record hand\n"
            "Reference annotator: atr\n"
            "     Test annotator: tst\n"
            "\n"
            "               Algorithm\n"
            "        n    s    v    f    q    o    x\n"
            "   ____________________________________\n"
            " N |    2    0    1    0    0    2    0\n"
            " S |    0    1    0    0    0    0    0\n"
            " V |    0    0    1    0    0    0    0\n"
            " F |    0    0    0    0    0    0    0\n"
            " Q |    0    0    0    0    0    0    0\n"
            " O |    0    0    0    1    0\n"
            " X |    0    0    0    0    0\n"
            "\n"
            "           QRS sensitivity:  71.43% (5/7)\n"
            " QRS positive predictivity:  83.33% (5/6)\n"
            "           VEB sensitivity: 100.00% (1/1)\n"
            " VEB positive predictivity:  50.00% (1/2)\n"
            "          SVEB sensitivity: 100.00% (1/1)\n"
            "SVEB positive predictivity: 100.00% (1/1)\n"
            "     RMS RR interval error: 607.81 ms\n"
        )

    def test_the_line_of_a_case_worked_by_hand(self):
        found = compare_beats(REFERENCE, TEST, start=0, record="7", annotators=ANNOTATORS)
        assert beat_reports.line_reports(found, sveb=False) == (
            "   7     3   0   0   1   1    1   0   0   2   0   0  71.43  83.33 100.00  50.00 20.000\n",
            "   7    0    0    0    0     0.00   0.00   0.00      -    0 seconds 6 0 1 0 0\n",
        )

    def test_rr_intervals_are_compared_at_every_event(self):
        differences = np.array([4, -12, -40, -40, 50, -100, -100])
        assert compare_beats(REFERENCE, TEST, start=0).rr_error == pytest.approx(
            np.sqrt(np.mean(differences**2)) * 1000 / FS
        )

    def test_the_first_rr_interval_begins_in_the_learning_period(self):
        reference, test = marks((100, "N"), (200, "N")), marks((90, "N"), (200, "N"))
        assert compare_beats(reference, test, start=1.5).rr_error == pytest.approx(100)

    def test_a_shutdown_without_end_reaches_from_beat_to_beat(self):
        reference = marks((100, "N"), (110, "V"), (250, "N"), (400, "N"))
        test = marks((100, "N"), (150, "~", SHUTDOWN), (400, "N"), (450, "~", RESUME))
        found = compare_beats(reference, test, start=0)
        assert (found.count("N", "x"), found.count("V", "o")) == (1, 1)
        assert found.shutdown == pytest.approx((385 - 115) / FS)

    def test_a_shutdown_with_end_reaches_from_mark_to_mark(self):
        reference = marks((100, "N"), (250, "N"), (370, "N"), (400, "N"))
        test = marks((100, "N"), (150, "~", SHUTDOWN), (350, "~", RESUME), (400, "N"))
        found = compare_beats(reference, test, start=0)
        assert (found.count("N", "x"), found.count("N", "o")) == (1, 1)
        assert found.shutdown == pytest.approx(2.0)

    def test_noise_in_one_signal_is_no_shutdown(self):
        reference = marks((100, "N"), (250, "N"), (400, "N"))
        test = marks((100, "N"), (150, "~", 16), (400, "N"))
        found = compare_beats(reference, test, start=0)
        assert (found.count("N", "x"), found.count("N", "o"), found.shutdown) == (0, 1, 0)

    def test_rr_intervals_across_a_shutdown_are_left_out(self):
        reference = marks((100, "N"), (200, "N"), (500, "N"), (600, "N"))
        test = marks((100, "N"), (200, "N"), (250, "~", SHUTDOWN), (510, "N"), (610, "N"))
        assert compare_beats(reference, test, start=0).rr_error == 0

    def test_what_the_test_finds_where_the_reference_could_not_read_is_counted_apart(self):
        reference = marks((100, "N"), (150, "~", -1), (350, "~", RESUME), (400, "N"))
        test = marks((100, "N"), (250, "V"), (375, "N"), (400, "N"))
        found = compare_beats(reference, test, start=0)
        assert (found.count("X", "v"), found.count("O", "n")) == (1, 1)

    def test_beats_in_reference_flutter_are_not_counted(self):
        reference = marks((100, "N"), (200, "["), (210, "!"), (300, "]"), (400, "N"))
        test = marks((100, "N"), (250, "V"), (330, "V"), (400, "N"))
        found = compare_beats(reference, test, start=0)
        assert found.count("O", "v") == 1
        assert found.rr_error == pytest.approx(10 * np.sqrt((100 - 230) ** 2)) or found.rr_error is None

    def test_beats_outside_the_test_period_are_not_counted(self):
        assert compare_beats(REFERENCE, TEST, start=3.5).count("NSVFQ", "nsvfqox") == 4
        assert compare_beats(REFERENCE, TEST, start=0, stop=3.5).count("NSVFQ", "nsvfqox") == 3
        assert compare_beats(REFERENCE, TEST[:3], start=0, stop=0).count("NSVFQ", "nsvfqox") == 3

    def test_without_a_length_the_reference_says_where_the_end_is(self):
        test = marks((100, "N"), (900, "N"))
        assert compare_beats(REFERENCE, test, start=0).count("O", "n") == 0
        assert compare_beats(REFERENCE, test, start=0, length=1000).count("O", "n") == 1

    @given(st.lists(st.tuples(st.integers(0, 5000), st.sampled_from("NLAVFQ/eE!+")), max_size=40))
    def test_an_annotator_agrees_with_itself(self, rows):
        same = marks(*sorted(rows))
        found = compare_beats(same, same, start=0)
        assert found.count("NSVFQOX", "nsvfq") == len(same.beats()) == np.trace(found.counts)
        assert found.rr_error in (0.0, None)

    def test_bare_samples_are_normal_beats(self):
        found = compare_beats(REFERENCE, TEST.samples, fs=FS, start=0)
        assert (found.count("V", "n"), found.count("O", "n"), found.qrs_sensitivity.part) == (1, 1, 5)

    def test_arrays_that_are_no_samples_are_refused(self):
        with pytest.raises(ParameterError, match=r"type float64; give Annotations, sample indices"):
            compare_beats(REFERENCE, [0.5, 1.5], fs=FS)

    def test_mismatches_are_listed_with_their_times(self):
        found = compare_beats(REFERENCE, TEST, start=0)
        assert beat_notes.mismatches(found, REFERENCE, TEST, sveb=True).split() == [
            "N(200)/V(198)", "N(400)/O(400)", "O(450)/F(450)", "N(600)/O(600)",
        ]  # fmt: skip

    def test_output_annotations_keep_agreement_and_note_the_rest(self):
        found = compare_beats(REFERENCE, TEST, start=0)
        shown = beat_notes.comparison_marks(found, REFERENCE, TEST, sveb=True)
        assert list(zip(shown.samples.tolist(), shown.symbols.tolist(), shown.aux, strict=True)) == [
            (102, "N", ""), (198, '"', "Nv"), (310, "V", ""), (400, '"', "No"),
            (450, '"', "Of"), (500, "A", ""), (600, '"', "No"), (700, "N", ""),
        ]  # fmt: skip

    @settings(max_examples=300)
    @given(annotators, annotators, st.integers(0, 200), st.integers(300, 1000), st.integers(0, 30))
    def test_counts_are_those_of_the_naive_matcher(self, reference, test, start, stop, window):
        found = compare_beats(
            marks(*reference), marks(*test), start=start / FS, stop=stop / FS, window=window / FS
        )
        cells = {
            row + column: int(found.counts[i, j])
            for i, row in enumerate(beat_reports.ROWS)
            for j, column in enumerate(beat_reports.COLUMNS)
            if found.counts[i, j]
        }
        assert cells == count_slowly(*map(by_class, (reference, test)), window, start, stop)

    def test_arrays_of_samples_and_symbols_are_annotations(self):
        arrays = [(each.samples, each.symbols) for each in (REFERENCE, TEST)]
        assert str(compare_beats(*arrays, fs=FS, start=0)) == str(compare_beats(REFERENCE, TEST, start=0))
        assert str(compare_runs(*arrays, fs=FS, start=0)) == str(compare_runs(REFERENCE, TEST, start=0))

    def test_a_shutdown_counts_from_where_the_comparison_starts_if_corrected(self):
        test = marks((100, "N"), (150, "~", SHUTDOWN), (350, "~", RESUME), (400, "N"))
        plain, corrected = (compare_beats(REFERENCE, test, start=3, corrected=mend) for mend in (False, True))
        assert (plain.shutdown, corrected.shutdown) == (2.0, 0.5)


class TestRuns:
    def test_lengths_of_both_annotators_meet_in_the_matrices(self):
        reference = marks((100, "N"), (200, "V"), (300, "E"), (400, "F"), (500, "N"), (600, "A"), (700, "N"))
        test = marks((100, "N"), (200, "V"), (300, "V"), (400, "N"), (500, "N"), (600, "A"), (700, "J"))
        found = compare_runs(reference, test, start=0)
        assert found.ventricular.sensitivity[3, 2] == found.ventricular.predictivity[2, 2] == 1
        assert found.supraventricular.sensitivity[1, 1] == 1
        assert found.supraventricular.predictivity[1, 2] == 1
        assert run_reports.line_reports(found) == (
            "       0   0   1   0   0   1   0   0   0   0   0   0    - 100   0   -   -   -\n",
            "       0   0   0   1   0   0   0   0   0   0   0   0    -   0   -   -   -   -\n",
        )

    def test_a_shutdown_breaks_a_run(self):
        reference = marks(*((100 * k, "V") for k in range(1, 5)))
        test = marks((100, "V"), (200, "V"), (250, "~", SHUTDOWN), (300, "V"), (400, "V"))
        found = compare_runs(reference, test, start=0)
        assert found.ventricular.sensitivity[4, 2] == 1
        assert found.ventricular.predictivity[2, 2] + found.ventricular.predictivity[3, 2] == 2

    def test_atrial_fibrillation_is_a_long_run_from_its_onset(self):
        reference = marks(
            (50, "+", "(AFIB"), (100, "N"), (200, "V"), (300, "N"), (400, "V"), (450, "+", "(N")
        )
        found = compare_runs(reference, reference, start=0)
        assert found.supraventricular.sensitivity[6, 6] == 1
        assert found.supraventricular.sensitivity[1, 6] == 1
        assert found.ventricular.sensitivity[1, 1] == 2

    def test_fibrillation_that_began_in_the_learning_period_counts_from_its_end(self):
        reference = marks((50, "+", "(AFIB"), (100, "N"), (300, "N"), (400, "V"))
        found = compare_runs(reference, reference, start=2)
        assert found.supraventricular.sensitivity[6, 6] == 1
        assert found.supraventricular.sensitivity.sum() == 1

    def test_after_a_shutdown_fibrillation_is_measured_by_its_beats(self):
        test = marks((50, "+", "(AFIB"), (100, "N"), (200, "V"), (500, "N"), (600, "N"), (700, "V"))
        reference = marks(
            (50, "+", "(AFIB"),
            (100, "N"),
            (200, "V"),
            (300, "~", SHUTDOWN),
            (500, "N"),
            (600, "N"),
            (700, "V"),
        )
        found = compare_runs(reference, test, start=0)
        assert found.supraventricular.sensitivity[2, 6] == 1
        assert found.supraventricular.predictivity[2, 2] == 1

    def test_fibrillation_that_another_beat_follows_at_once_is_matched_by_nothing(self):
        reference = marks((50, "+", "(AFIB"), (100, "V"), (200, "N"))
        found = compare_runs(reference, reference, start=0)
        assert found.supraventricular.sensitivity[6, 0] == 1

    def test_flutter_is_a_long_ventricular_run(self):
        reference = marks((100, "["), (150, "!"), (300, "]"), (320, "V"), (420, "N"))
        test = marks((100, "["), (300, "]"), (320, "V"), (420, "N"))
        found = compare_runs(reference, test, start=0)
        assert found.ventricular.sensitivity[6, 6] == 1
        assert found.ventricular.sensitivity.sum() == 1


class TestEpisodes:
    REFERENCE = marks(
        (1000, "+", "(AFIB"), (2000, "+", "(N"), (3000, "+", "(AFL"), (4000, "+", "(N"), (9000, "N")
    )

    def test_any_overlap_finds_an_episode_and_durations_are_weighed(self):
        test = marks((1900, "+", "(AFIB"), (2400, "+", "(N"), (5000, "+", "(AFIB"), (5100, "+", "(N"))
        found = compare_episodes(self.REFERENCE, test, start=0, record="x", annotators=ANNOTATORS)
        assert str(found) == (
            "AF episode-by-episode comparison results for record x\n"
            "Reference annotator: atr\n"
            "     Test annotator: tst\n"
            "\n"
            "           Episode sensitivity: 100% (1/1)\n"
            " Episode positive predictivity:  50% (1/2)\n"
            "          Duration sensitivity:  10% (0:01.000/0:10.000)\n"
            "Duration positive predictivity:  17% (0:01.000/0:06.000)\n"
            "Duration of reference episodes:      0:10.000\n"
            "     Duration of test episodes:      0:06.000\n"
        )

    def test_flutter_can_be_left_out_of_predictivity(self):
        test = marks((1500, "+", "(AFIB"), (1600, "+", "(N"), (3100, "+", "(AFIB"), (3200, "+", "(N"))
        strict, lenient = (
            compare_episodes(self.REFERENCE, test, start=0, without_flutter=leave_out)
            for leave_out in (False, True)
        )
        assert (strict.predictivity.percent, lenient.predictivity.percent) == (50.0, 100.0)

    def test_short_episodes_can_be_left_out(self):
        test = marks((1500, "+", "(AFIB"), (1600, "+", "(N"))
        none = compare_episodes(self.REFERENCE, test, start=0, shortest=2)
        some = compare_episodes(self.REFERENCE, test, start=0, shortest=2, corrected=True)
        assert (some.predictivity.percent, some.duration_predictivity.percent) == (None, 100.0)
        assert (none.predictivity.percent, none.duration_predictivity.percent) == (None, None)

    def test_an_episode_that_nobody_ends_lasts_to_the_end_of_the_record(self):
        found = compare_episodes(marks((1000, "[")), marks((1500, "[")), "VF", start=0, length=2000)
        assert found.duration_sensitivity.percent == 50.0

    def test_an_unknown_kind_names_the_known_ones(self):
        with pytest.raises(ParameterError, match="kind='VT' is unknown; choose one of: AF, VF, ST"):
            compare_episodes(REFERENCE, TEST, "VT")

    def test_flutter_that_an_episode_outlasts_is_added_unless_corrected(self):
        test = marks((3500, "+", "(AFIB"), (4500, "+", "(N"))
        plain, corrected = (
            compare_episodes(self.REFERENCE, test, start=0, without_flutter=True, corrected=mend)
            for mend in (False, True)
        )
        assert (plain.duration_predictivity.whole, corrected.duration_predictivity.whole) == (1500, 500)

    def test_an_episode_in_flutter_counts_neither_way(self):
        test = marks((3100, "+", "(AFIB"), (3200, "+", "(N"))
        found = compare_episodes(self.REFERENCE, test, start=0, without_flutter=True)
        assert (found.predictivity.whole, found.duration_predictivity.whole) == (0, 0)


class TestStEpisodes:
    REFERENCE = marks(
        (1000, "s", "(ST0-"), (1500, "s", "AST0-250"), (2000, "s", "(ST1+"), (3000, "s", "ST0-)"),
        (3500, "s", "AST1+120"), (4000, "s", "ST1+)"), (9000, "N"),
    )  # fmt: skip
    TEST = marks((900, "N", "-200 10"), (1400, "s", "(ST0-"), (1600, "s", "ST0-)"), (3400, "N", "-5 300"))

    def test_of_both_signals_an_episode_lasts_until_none_is_left(self):
        found = compare_episodes(self.REFERENCE, self.TEST, "ST", start=0)
        assert found.duration_sensitivity.whole == 3000
        assert found.sensitivity.whole == 1

    @pytest.mark.parametrize(("signal", "hits"), [(0, 1), (1, 0)])
    def test_a_short_overlap_counts_if_it_holds_the_extremum(self, signal, hits):
        found = compare_episodes(self.REFERENCE, self.TEST, "ST", start=0, signal=signal)
        assert (found.sensitivity.part, found.sensitivity.whole) == (hits, 1)
        assert f"record , signal {signal}\n" in str(found)

    def test_without_an_extremum_half_the_episode_must_overlap(self):
        reference = marks((1000, "s", "(ST0+"), (2000, "s", "ST0+)"), (9000, "N"))
        for stop, hits in ((1499, 0), (1500, 1)):
            test = marks((500, "s", "(ST0+"), (stop, "s", "ST0+)"))
            assert compare_episodes(reference, test, "ST", start=0).sensitivity.part == hits

    def test_deviations_are_compared_with_what_was_last_said(self):
        found = compare_episodes(self.REFERENCE, self.TEST, "ST", start=0, record="e0103")
        assert [(item.signal, item.reference, item.test) for item in found.measurements] == [
            (0, -250, -200), (1, 120, 300),
        ]  # fmt: skip
        first, second = episode_reports.measurement_lines(found).splitlines()
        assert first.split() == ["e0103", "0:15", "0", "-250", "-200"]
        assert second.split() == ["e0103", "0:35", "1", "120", "300*"]


class TestSummaries:
    def test_gross_counts_beats_and_average_counts_records(self):
        found = [compare_beats(REFERENCE, test, start=0, record="r") for test in (REFERENCE, REFERENCE[:1])]
        summary = summarise(found)
        assert summary.gross["Q Se"] == pytest.approx(100 * 8 / 14)
        assert summary.average["Q Se"] == pytest.approx((100 + 100 / 7) / 2)
        assert summary.average["V +P"] == 100
        assert summary.sums["Vo"] == 1

    def test_what_is_defined_nowhere_is_a_dash(self):
        found = [compare_beats(REFERENCE[:2], REFERENCE[:2], start=0, record="r")]
        gross, average = str(summarise(found)).splitlines()[-5:-3]
        assert gross.split() == ["Gross", "100.00", "100.00", *"----"]
        assert average.split() == ["Average", "100.00", "100.00", *"----", "0.00"]

    def test_beats_missed_in_shutdown_are_weighed_against_all_once_if_corrected(self):
        test = marks((150, "~", SHUTDOWN), (350, "~", RESUME), (400, "N"))
        found = [compare_beats(REFERENCE, test, start=0, record="r")]
        plain, corrected = (
            summarise(found, table="shutdown", sveb=False, corrected=mend) for mend in (False, True)
        )
        assert (plain.gross["% beats"], corrected.gross["% beats"]) == pytest.approx((100 / 7, 200 / 7))
        assert "Gross" not in str(summarise(found, table="shutdown"))
        assert "Gross" in str(summarise(found, table="shutdown", corrected=True))

    def test_totals_are_of_the_reference(self):
        found = compare_beats(REFERENCE, TEST, start=0, record="r")
        assert "\nTotal QRS complexes: 7  Total VEBs: 1  Total SVEBs: 1\n" in str(summarise([found]))
        assert "\nTotal QRS complexes: 7  Total VEBs: 1\n" in str(summarise([found], sveb=False))
        runs = marks(*((100 * k, symbol) for k, symbol in enumerate("NVVNVVVNVVVVVVN", start=1)))
        found = compare_runs(runs, runs, start=0, record="r")
        assert "\nTotal couplets: 1  Total short runs: 1  Total long runs: 1\n" in str(summarise([found]))

    def test_averages_come_from_counts_not_from_rounded_figures(self):
        halves = marks(*((100 * k, symbol) for k, symbol in enumerate("NVVNNNVVNNN", start=1)))
        none = marks(*((100 * k, symbol) for k, symbol in enumerate("NVVNNNNNNNN", start=1)))
        eighth = "VVN" * 8
        found = [
            compare_runs(reference, test, start=0, record="r")
            for reference, test in (
                (halves, none),
                (
                    marks(*((100 * k, s) for k, s in enumerate(eighth, 1))),
                    marks((100, "V"), (200, "V"), (300, "N")),
                ),
            )
        ]
        assert summarise(found).average["CSe"] == pytest.approx((50 + 12.5) / 2)

    @pytest.mark.parametrize("table", ["beats", "shutdown", "VE", "SVE", "AF", "VF"])
    def test_every_table_can_be_summarised(self, table):
        compare = {"beats": compare_beats, "shutdown": compare_beats, "VE": compare_runs, "SVE": compare_runs}
        arguments = [table] if table not in compare else []
        found = compare.get(table, compare_episodes)(REFERENCE, TEST, *arguments, start=0, record="one")
        text = str(summarise([found, found], table=table))
        assert text.endswith("\nSummary of results from 2 records\n")
        assert [line.split(maxsplit=1)[0] for line in text.splitlines() if line].count("one") == 2

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("nothing", "'nothing' heads no line-format report"),
            (f"{beat_reports.HEADINGS[True][0]} 100 12 x\n", "line '100 12 x' does not fit its headings"),
        ],
    )
    def test_text_that_is_no_report_is_refused(self, text, message):
        with pytest.raises(AnnotationError, match=message):
            summarise_lines(text)

    def test_kinds_are_not_mixed(self):
        with pytest.raises(ParameterError, match="mixes BeatComparison, RunComparison"):
            summarise([compare_beats(REFERENCE, TEST), compare_runs(REFERENCE, TEST)])


@pytest.mark.parametrize("compare", [compare_beats, compare_runs, compare_episodes])
class TestBadInput:
    def test_a_test_annotator_at_another_rate_is_brought_to_that_of_the_reference(self, compare):
        faster = replace(TEST, samples=TEST.samples * 5 // 2, fs=250)
        assert str(compare(REFERENCE, faster, start=0)) == str(compare(REFERENCE, TEST, start=0))

    def test_no_rate(self, compare):
        with pytest.raises(ParameterError, match="fs is unknown"):
            compare(replace(REFERENCE, fs=None), replace(TEST, fs=None))

    def test_a_record_that_ends_before_the_comparison_starts(self, compare):
        with pytest.raises(IntervalError, match="the end of the record at 6 s lies before start=300"):
            compare(REFERENCE, TEST, length=600)

    def test_a_beat_marked_after_the_last_sample_is_passed_over(self, compare):
        late = marks(*zip(REFERENCE.samples, REFERENCE.symbols, strict=True), (1100, "V"))
        found, expected = (compare(REFERENCE, test, start=0, length=800) for test in (late, REFERENCE))
        assert str(found) == str(expected)

    def test_symbols_of_another_alphabet(self, compare):
        with pytest.raises(
            AnnotationError, match="test annotations: no beat, and '0' is no symbol of WFDB's"
        ):
            compare(REFERENCE, marks((100, "0"), (200, "1")))

    def test_foreign_symbols_beside_beats_are_passed_over(self, compare):
        assert str(compare(REFERENCE, marks((100, "N"), (150, "0")), start=0)) == str(
            compare(REFERENCE, marks((100, "N")), start=0)
        )

    def test_empty_annotations_have_no_figures(self, compare):
        if compare is compare_runs:
            with pytest.raises(AnnotationError, match="reference annotations are empty"):
                compare(marks(), TEST, start=0)
        else:
            assert "  -  (0/0)\n" in str(compare(marks(), marks(), start=0))

    def test_impossible_times(self, compare):
        with pytest.raises(ParameterError, match="start=-1 is not a time"):
            compare(REFERENCE, TEST, start=-1)
        with pytest.raises(ParameterError, match="stop=1 lies before start=300"):
            compare(REFERENCE, TEST, stop=1)


class TestFrames:
    def test_beats_have_a_row_a_record(self):
        frame = to_frame([compare_beats(REFERENCE, TEST, start=0, record=name) for name in "ab"])
        assert frame.index.tolist() == ["a", "b"]
        assert frame.loc["a", ["Nn", "Nv", "No", "Of", "Ss"]].tolist() == [2, 1, 2, 1, 1]
        assert frame.loc["b", "Q Se"] == pytest.approx(500 / 7)
        assert (
            frame.drop(columns="record", errors="ignore")
            .dtypes.map(lambda kind: kind.kind)
            .isin(["i", "f"])
            .all()
        )

    def test_runs_and_episodes_have_a_row_a_kind(self):
        runs = to_frame(compare_runs(REFERENCE, TEST, start=0, record="a"))
        assert runs.index.tolist() == [("a", "VE"), ("a", "SVE")]
        assert np.isnan(runs.loc[("a", "SVE"), "CSe"])
        episodes = to_frame(
            compare_episodes(TestEpisodes.REFERENCE, TestEpisodes.REFERENCE, start=0, record="a")
        )
        assert episodes.loc[("a", "AF"), ["TPs", "DSe", "reference duration"]].tolist() == [1, 100, 10]

    def test_a_summary_has_sums_gross_and_average(self):
        frame = to_frame(summarise([compare_beats(REFERENCE, TEST, start=0, record=name) for name in "ab"]))
        assert frame.index.tolist() == ["Sum", "Gross", "Average"]
        assert frame.loc["Sum", "Nn"] == 4
        assert frame.loc["Gross", "V Se"] == 100

    def test_kinds_are_not_mixed(self):
        with pytest.raises(
            ParameterError, match="BeatComparison, RunComparison; give comparisons of one kind"
        ):
            to_frame([compare_beats(REFERENCE, TEST), compare_runs(REFERENCE, TEST)])


class TestFiles:
    def test_a_missing_annotator_is_named(self, tmp_path):
        with pytest.raises(AnnotationError, match=r"record 100: no 100\.atr in .*; check record, annotator"):
            read_pair("100", ANNOTATORS, [tmp_path])

    def test_a_list_of_records_may_hold_comments(self, tmp_path):
        (tmp_path / "RECORDS").write_text("100\n\n# paced\n102 of them\n")
        assert record_names(tmp_path / "RECORDS") == ["100", "102"]

    def test_an_empty_list_of_records_is_refused(self, tmp_path):
        (tmp_path / "RECORDS").write_text("# none\n")
        with pytest.raises(ParameterError, match="names no record"):
            record_names(tmp_path / "RECORDS")

    def test_48_records_take_less_than_a_second(self, data_dir):
        records = sorted(path.stem for path in Path(data_dir, "mitdb").glob("*.atr"))
        begun = time.process_time()
        found = compare_records(compare_beats, records, ("atr", "atr"), [data_dir / "mitdb"])
        assert time.process_time() - begun < 1
        assert summarise(found).gross["Q Se"] == 100
