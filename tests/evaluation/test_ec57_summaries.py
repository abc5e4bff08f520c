import numpy as np
import pytest

from ec57_annotators import REFERENCE, RESUME, SHUTDOWN, TEST, marks
from ectopy.errors import AnnotationError, ParameterError
from ectopy.evaluation.ec57 import (
    beat_reports,
    compare_beats,
    compare_episodes,
    compare_runs,
    summarise,
    to_frame,
)
from ectopy.evaluation.ec57.summary import summarise_lines


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
            summarise(found, table="shutdown", sveb=False, corrected=right) for right in (False, True)
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


FIBRILLATION = marks((1000, "+", "(AFIB"), (2000, "+", "(N"), (9000, "N"))


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
        episodes = to_frame(compare_episodes(FIBRILLATION, FIBRILLATION, start=0, record="a"))
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
