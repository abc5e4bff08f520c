import numpy as np
import pytest
from typer.testing import CliRunner

from ectopy.apps.cli.compare import app
from ectopy.apps.cli.main import main
from ectopy.errors import AnnotationError, ParameterError
from ectopy.evaluation.ec57 import beat_reports, compare_beats, run_reports, summarise
from ectopy.io.wfdb.files import read_annotations, write_annotations
from ectopy.record import Annotations

FS = 360
BEATS = np.arange(200, 200_000, 300)


@pytest.fixture(scope="module")
def reference():
    return Annotations(BEATS, np.where(np.arange(len(BEATS)) % 7 == 0, "V", "N"), fs=FS)


@pytest.fixture(scope="module")
def test_marks():
    return Annotations(BEATS[1:] + 5, np.where(np.arange(1, len(BEATS)) % 5 == 0, "V", "N"), fs=FS)


@pytest.fixture
def folder(tmp_path, monkeypatch, reference, test_marks):
    """The current folder, with records 1 and 2 of two annotators."""
    for record in ("1", "2"):
        write_annotations(tmp_path / record, reference, "atr")
        write_annotations(tmp_path / record, test_marks, "tst")
    (tmp_path / "RECORDS").write_text("1\n2\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def found(reference, test_marks):
    return compare_beats(reference, test_marks, record="1", annotators=("atr", "tst"))


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_without_options_a_standard_report_is_printed(folder, found):
    report = beat_reports.standard_report(found, sveb=False) + beat_reports.shutdown_report(found, sveb=False)
    assert run("bxb", "-r", 1, "-a", "atr", "tst") == report


def test_standard_reports_are_appended_to_a_file(folder, found):
    for _ in range(2):
        missed = run("bxb", "-r", 1, "-a", "atr", "tst", "-S", "out")
        assert missed == beat_reports.shutdown_report(found, sveb=True)
    assert (folder / "out").read_text() == 2 * str(found)


def test_only_a_new_file_gets_headings(folder, found):
    for _ in range(2):
        run("bxb", "-r", 1, "-a", "atr", "tst", "-L", "beats", "shutdown")
    for name, heading, line in zip(
        ("beats", "shutdown"),
        beat_reports.HEADINGS[True],
        beat_reports.line_reports(found, sveb=True),
        strict=True,
    ):
        assert (folder / name).read_text() == heading + 2 * line


def test_standard_output_gets_no_headings(folder, found):
    assert run("bxb", "-r", 1, "-a", "atr", "tst", "-L", "-", "-") == "".join(
        beat_reports.line_reports(found, sveb=True)
    )


@pytest.mark.parametrize("jobs", [1, 2])
def test_many_records_make_a_table_with_gross_and_average(folder, found, jobs):
    table = run("bxb", "atr", "tst", "--records", "RECORDS", "--jobs", jobs)
    rows = {line.split()[0]: line.split()[1:] for line in table.splitlines()[1:] if line}
    assert rows["1"] == rows["2"]
    assert rows["Sum"] == [str(2 * int(count)) for count in rows["1"][:19]]
    assert rows["Gross"][:6] == rows["Average"][:6] == rows["1"][19:25]


def test_a_line_format_file_is_summarised(folder, found):
    run("bxb", "-r", 1, "-a", "atr", "tst", "-L", "beats", "shutdown")
    assert run("sumstats", "beats") == str(summarise([found]))


def test_runs_are_reported_in_every_format(folder):
    assert run("rxr", "atr", "tst", "-r", 1).startswith("VE run-by-run comparison results for record 1\n")
    assert run("rxr", "atr", "tst", "-r", 1, "-S", "-").count("run-by-run") == 2
    assert "   nc    v    c    s    l\n" in run("rxr", "atr", "tst", "-r", 1, "-C", "-")
    run("rxr", "atr", "tst", "-r", 1, "-L", "ve", "sve")
    assert (folder / "ve").read_text().startswith(run_reports.HEADINGS[0])
    assert (folder / "sve").read_text().startswith(run_reports.HEADINGS[1])
    assert run("rxr", "atr", "tst", "--records", "RECORDS").count("Gross") == 2


def test_episodes_are_reported_by_kind(folder):
    assert run("epicmp", "-r", 1, "-a", "atr", "tst", "-A", "-").startswith("AF episode-by-episode")
    assert run("epicmp", "-r", 1, "-a", "atr", "tst", "-V", "-", "-l").startswith("     1    0    0")
    assert run("epicmp", "atr", "tst", "--records", "RECORDS").count("detection)\n") == 2


def test_mismatches_are_listed_and_written(folder, found):
    result = CliRunner().invoke(app, ["bxb", "-r", "1", "-a", "atr", "tst", "-v", "-o", "-S", "out"])
    listing = result.stderr.splitlines()
    wrong = [event for event in found.events if not event.agrees]
    assert len(listing) == len(wrong) > 0
    assert listing[0] == "N(108200)/V(108205)"
    assert np.sum(read_annotations(folder / "1", "bxb").symbols == '"') == len(wrong)


def test_expanded_annotations_replace_the_report(folder):
    assert run("bxb", "-r", 1, "-a", "atr", "tst", "-O") == ""
    assert "V/N" in read_annotations(folder / "1", "bxb").aux


def test_shutdown_before_the_comparison_is_counted_unless_corrected(folder, reference):
    marks = Annotations([100, 3700, 200_000], ["~", "~", "N"], subtypes=np.array([-1, 0, 0]), fs=FS)
    write_annotations(folder / "1", marks, "down")
    lines = [
        run("bxb", "-r", 1, "-a", "atr", "down", "-L", "beats", "-", *more) for more in ([], ["--corrected"])
    ]
    assert ["10 seconds" in lines[0], "0 seconds" in lines[1], "10 seconds" in lines[1]] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("time", ["s180000", "8:20", "500", "[0:08:20]", "[9:08:20 0]"])
def test_times_are_taken_in_every_form(folder, time):
    clock = "9:00:00" if time.startswith("[9") else "0:00:00"
    (folder / "1.hea").write_text(f"1 0 360 200000 {clock}\n")
    assert "(66/66)" in run("bxb", "-r", 1, "-a", "atr", "atr", "-f", time, "-t", "e")


def test_a_record_shorter_than_the_learning_period_exits_1(folder):
    (folder / "1.hea").write_text("1 0 360 36000\n")
    result = CliRunner().invoke(app, ["rxr", "-r", "1", "-a", "atr", "tst", "-S", "out"])
    assert result.exit_code == 1
    assert result.stderr.startswith("rxr: improper interval specified\nthe end of the record at 100 s lies")
    assert not (folder / "out").exists()


@pytest.mark.parametrize(("annotator", "options", "code"), [("tst", ["-t", "1"], 1), ("none", [], 2)])
def test_the_command_exits_as_the_wfdb_programs_do(folder, monkeypatch, capsys, annotator, options, code):
    write_annotations(folder / "1", Annotations([], []), "none")
    monkeypatch.setattr("sys.argv", ["ectopy", "compare", "rxr", "-r", "1", "-a", "atr", annotator, *options])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == code
    assert capsys.readouterr().out == ""


def test_a_test_file_at_another_rate_is_brought_to_that_of_the_record(folder, test_marks):
    faster = Annotations(test_marks.samples * 2, test_marks.symbols, fs=2 * FS)
    write_annotations(folder / "1", faster, "fast")
    expected = run("bxb", "-r", 1, "-a", "atr", "tst", "-S", "-")
    assert run("bxb", "-r", 1, "-a", "atr", "fast", "-S", "-") == expected.replace(": tst", ": fast")


def test_two_processes_say_what_one_says(folder):
    alone, together = (
        run("rxr", "atr", "tst", "--records", "RECORDS", "-S", "-", "--jobs", jobs) for jobs in (1, 2)
    )
    assert alone == together


def test_a_departure_from_the_standard_is_announced(folder):
    result = CliRunner().invoke(app, ["bxb", "-r", "1", "-a", "atr", "tst", "-f", "0", "-t", "9:00"])
    assert result.stderr == "bxb: (warning) nonstandard comparison selected\n"
    assert "(647/648)" in result.stdout


def test_files_are_looked_for_in_every_folder(folder, test_marks):
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    write_annotations(elsewhere / "1", test_marks, "mine")
    assert run("bxb", "atr", "mine", "-r", 1, "--folder", elsewhere, "--folder", folder).startswith(
        "Beat-by-beat"
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("bxb", "-a", "atr", "tst"), ParameterError, "give either -r RECORD or --records FILE"),
        (("bxb", "-r", "1"), ParameterError, "give -a REFERENCE TEST"),
        (("bxb", "-r", "1", "-a", "atr", "no"), AnnotationError, "no 1.no in ."),
        (
            ("rxr", "-r", "1", "-a", "atr", "tst", "-s", "a", "-C", "b"),
            ParameterError,
            "-s and -C exclude each other",
        ),
        (("epicmp", "-r", "1", "-a", "atr", "tst"), ParameterError, "give -A, -V, -S, -S0 or -S1"),
        (
            ("epicmp", "-r", "1", "-a", "atr", "tst", "-A", "-", "-i", "1", "-I", "1"),
            ParameterError,
            "-i and -I",
        ),
        (("bxb", "-r", "1", "-a", "atr", "tst", "-f", "noon"), ParameterError, "-f='noon' is no time"),
        (("bxb", "-r", "1", "-a", "atr", "tst", "-S", "no/such/folder"), ParameterError, "cannot be written"),
        (("bxb", "atr", "tst", "--records", "nowhere"), ParameterError, "'nowhere' cannot be read"),
        (("sumstats", "nowhere"), AnnotationError, "nowhere cannot be read"),
    ],
)
def test_mistakes_are_named_with_their_remedy(folder, arguments, error, message):
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, error)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)
