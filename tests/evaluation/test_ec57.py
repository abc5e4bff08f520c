import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ectopy.errors import AnnotationError, ParameterError
from ectopy.evaluation.ec57 import (
    beat_notes,
    beat_reports,
    compare_beats,
    compare_episodes,
    compare_runs,
    episodes,
    run_reports,
    summarise,
)
from ectopy.evaluation.ec57.files import compare_records, read_pair, record_names
from ectopy.evaluation.ec57.summary import summarise_lines
from ectopy.record import Annotations

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
        assert episodes.HEADINGS[kind] + episodes.line_report(found) == line.read_text()


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
        with pytest.raises(ParameterError, match=r"type float64; give Annotations, or sample indices"):
            compare_beats(REFERENCE, [0.5, 1.5], fs=FS)

    def test_mismatches_are_listed_with_their_times(self):
        found = compare_beats(REFERENCE, TEST, start=0)
        assert beat_notes.mismatches(found, REFERENCE, TEST, sveb=True).split() == [
            "N(200)/V(198)", "N(400)/O(400)", "O(450)/F(450)", "N(600)/O(600)",
        ]  # fmt: skip

    def test_output_annotations_keep_agreement_and_note_the_rest(self):
        found = compare_beats(REFERENCE, TEST, start=0)
        shown = beat_notes.comparison_marks(found, REFERENCE, TEST, sveb=True, expanded=False)
        assert list(zip(shown.samples.tolist(), shown.symbols.tolist(), shown.aux, strict=True)) == [
            (102, "N", ""), (198, '"', "Nv"), (310, "V", ""), (400, '"', "No"),
            (450, '"', "Of"), (500, "A", ""), (600, '"', "No"), (700, "N", ""),
        ]  # fmt: skip


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
            "          Duration sensitivity:  10% (1.000/10.000)\n"
            "Duration positive predictivity:  17% (1.000/6.000)\n"
            "Duration of reference episodes:        10.000\n"
            "     Duration of test episodes:         6.000\n"
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
        some = compare_episodes(self.REFERENCE, test, start=0, shortest=2)
        none = compare_episodes(self.REFERENCE, test, start=0, shortest=2, shortest_counts=False)
        assert (some.predictivity.percent, some.duration_predictivity.percent) == (None, 100.0)
        assert none.duration_predictivity.percent is None

    def test_an_episode_that_nobody_ends_lasts_to_the_end_of_the_record(self):
        found = compare_episodes(marks((1000, "[")), marks((1500, "[")), "VF", start=0, length=2000)
        assert found.duration_sensitivity.percent == 50.0

    def test_an_unknown_kind_names_the_known_ones(self):
        with pytest.raises(ParameterError, match="kind='ST' is unknown; choose one of: AF, VF"):
            compare_episodes(REFERENCE, TEST, "ST")


class TestSummaries:
    def test_gross_counts_beats_and_average_counts_records(self):
        found = [compare_beats(REFERENCE, test, start=0, record="r") for test in (REFERENCE, REFERENCE[:1])]
        summary = summarise(found)
        assert summary.gross["Q Se"] == pytest.approx(100 * 8 / 14)
        assert summary.average["Q Se"] == pytest.approx((100 + 14.29) / 2)
        assert summary.average["V +P"] == 100
        assert summary.sums["Vo"] == 1

    def test_what_is_defined_nowhere_is_a_dash(self):
        found = [compare_beats(REFERENCE[:2], REFERENCE[:2], start=0, record="r")]
        assert str(summarise(found)).splitlines()[-4].split() == [
            "Gross",
            "100.00",
            "100.00",
            "-",
            "-",
            "-",
            "-",
            "-",
        ]

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
    def test_other_rates(self, compare):
        with pytest.raises(AnnotationError, match="count at 100 and 360 Hz; rescale"):
            compare(REFERENCE, replace(TEST, fs=360))

    def test_no_rate(self, compare):
        with pytest.raises(ParameterError, match="fs is unknown"):
            compare(replace(REFERENCE, fs=None), replace(TEST, fs=None))

    def test_another_record(self, compare):
        with pytest.raises(AnnotationError, match="sample 1101 of a record of 600; they belong to another"):
            compare(REFERENCE, marks((100, "N"), (1101, "N")), length=600)

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

    def test_48_records_take_less_than_3_seconds(self, data_dir):
        records = sorted(path.stem for path in Path(data_dir, "mitdb").glob("*.atr"))
        begun = time.process_time()
        found = compare_records(compare_beats, records, ("atr", "atr"), [data_dir / "mitdb"])
        assert time.process_time() - begun < 3
        assert summarise(found).gross["Q Se"] == 100
