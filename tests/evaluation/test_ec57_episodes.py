import pytest

from ec57_annotators import ANNOTATORS, REFERENCE, TEST, marks
from ectopy.errors import ParameterError
from ectopy.evaluation.ec57 import (
    compare_episodes,
    episode_reports,
)


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
            compare_episodes(self.REFERENCE, test, start=0, without_flutter=True, corrected=right)
            for right in (False, True)
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
