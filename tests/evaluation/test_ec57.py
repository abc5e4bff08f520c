import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ec57_annotators import ANNOTATORS, FS, REFERENCE, RESUME, SHUTDOWN, TEST, marks
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
)
from ectopy.evaluation.ec57.files import compare_records, read_pair, record_names
from ectopy.evaluation.ec57.marks import IntervalError
from ectopy.labels import aami_classes
from naive_matching import count_slowly

RECORDS = ("100", "104", "119", "203", "207", "208", "232")

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
        plain, corrected = (
            compare_beats(REFERENCE, test, start=3, corrected=right) for right in (False, True)
        )
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

    def test_fibrillation_in_progress_that_another_beat_follows_at_once_is_matched_by_nothing(self):
        reference = marks((50, "+", "(AFIB"), (100, "N"), (190, "V"), (210, "V"), (300, "N"), (400, "V"))
        found = compare_runs(reference, reference, start=2)
        assert found.supraventricular.sensitivity[6, 0] == 1
        assert found.supraventricular.sensitivity.sum() == 2

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
