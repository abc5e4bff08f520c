"""The comparators on small made-up annotators: files, standard output and exit code of the C programs.

``ec57_cases.json`` holds the inputs and what bxb, rxr and epicmp of the WFDB Software Package (version of
2022-06-10) gave for them. The line tables and sumstats files of real records lie beside the data folder.
"""

import json
import struct
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ectopy.apps.cli.compare import app
from ectopy.errors import EctopyError
from ectopy.evaluation.ec57.summary import summarise_lines
from ectopy.io.wfdb.annotation_codes import SYMBOLS

CASES = json.loads(Path(__file__).with_name("ec57_cases.json").read_text())
CODES = {symbol: code for code, symbol in SYMBOLS.items()}
SKIP, NUM, SUB, CHN, AUX = range(59, 64)
WRONG_INPUT = 2


def annotation_file(rows):
    """Write marks, of any code, as the bytes of an annotation file."""
    words, previous = [], 0
    for sample, symbol, subtype, chan, num, text in rows:
        words += [struct.pack("<HhH", SKIP << 10, (sample - previous) >> 16, (sample - previous) & 0xFFFF)]
        code = symbol if isinstance(symbol, int) else CODES[symbol]
        words += [struct.pack("<H", code << 10)]
        words += [
            struct.pack("<H", field << 10 | value & 255)
            for field, value in ((SUB, subtype), (CHN, chan), (NUM, num))
        ]
        if text:
            content = text.encode() + b"\0" * (len(text) % 2)
            words += [struct.pack("<H", AUX << 10 | len(text)), content]
        previous = sample
    return b"".join([*words, b"\0\0"])


def results(case, folder, monkeypatch):
    """Return exit code, standard output, standard error and the files that a command wrote."""
    monkeypatch.chdir(folder)
    length = case["nsamp"] or ""
    inputs = {
        "fz.hea": f"fz 1 {case['fs']} {length}\nfz.dat 16\n".encode(),
        "fz.atr": annotation_file(case["ref"]),
        "fz.tst": annotation_file(case["test"]),
    }
    for name, content in inputs.items():
        (folder / name).write_bytes(content)
    result = CliRunner().invoke(app, case["cmd"])
    code = WRONG_INPUT if isinstance(result.exception, EctopyError) else result.exit_code
    written = {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in inputs}
    files = {
        name: content.hex() if name == "fz.bxb" else content.decode() for name, content in written.items()
    }
    return code, result.stdout, result.stderr, files


@pytest.mark.parametrize("case", [case for case in CASES if case["exit"] >= 0], ids=lambda case: case["name"])
def test_files_output_and_exit_code_of_the_c_programs(case, tmp_path, monkeypatch):
    code, output, errors, files = results(case, tmp_path, monkeypatch)
    assert files == case["files"]
    assert output == case["stdout"]
    assert code == case["exit"]
    if code == 0:
        assert errors == case["stderr"]


@pytest.mark.parametrize("case", [case for case in CASES if case["exit"] < 0], ids=lambda case: case["name"])
def test_where_a_c_program_crashes_a_report_is_written(case, tmp_path, monkeypatch):
    assert results(case, tmp_path, monkeypatch)[0] == 0


def test_a_code_without_a_symbol_is_passed_over(tmp_path, monkeypatch):
    case = next(case for case in CASES if case["name"].startswith("B02"))
    odd = case | {"test": [*case["test"][:2], [108200, 45, 0, 0, 0, ""], *case["test"][2:]]}
    assert results(odd, tmp_path, monkeypatch) == (0, case["stdout"], case["stderr"], case["files"])


@pytest.mark.parametrize(
    "table", ["bxb_L1", "bxb_L2", "bxb_l1", "bxb_l2", "rxr_L1", "rxr_L2", "epicmp_Al", "epicmp_Vl"]
)
def test_summaries_of_the_c_program(table, data_dir):
    folder = data_dir.parent / "reference" / "ec57" / "sumstats"
    if not folder.is_dir():
        pytest.skip("ECTOPY_DATA_DIR has no reference/ec57 beside it: outputs of the WFDB comparators")
    lines = (folder / f"{table}.txt").read_text()
    assert str(summarise_lines(lines)) == (folder / f"{table}.sumstats.txt").read_text()
