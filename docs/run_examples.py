"""Run the examples of a page, in order, as a reader would: ``python docs/run_examples.py docs/start.md``.

Blocks marked ``python`` share their names, those marked ``console`` or ``bash`` a folder, which holds a short
recording to try things on (`SAMPLE`) as WFDB, CSV and EDF files. A ``text`` block right after one of them is
what it prints, ``...`` where lines are left out; numbers may differ a little from machine to machine. The
command writes it anew where it no longer holds. The comment ``<!-- not run: REASON -->`` before a block keeps
it from being run: then its Python has to compile, and the options of its commands have to exist. ``<!-- needs
ECTOPY_DATA_DIR -->`` runs it where that is set.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parent.parent
SAMPLE = "recording"
BLOCK = re.compile(
    r"(?:<!-- (?P<note>not run: [^\n]*?|needs ECTOPY_DATA_DIR) -->\n+)?"
    r"^```(?P<kind>python|console|bash)\n(?P<code>.*?)^```\n(?:\n?```text\n(?P<printed>.*?)^```\n)?",
    flags=re.DOTALL | re.MULTILINE,
)
SHELL = re.compile(r"[|<>&;$`*]")
NUMBER = r"-?\d+(?:[.,]\d+)*"
PRINTED = re.compile(rf"(?P<left_out>\.\.\.)|(?P<number>{NUMBER})|(?P<space>[\s─━]+)|.")
TOLERANCE = 0.1
"""By how much a number may differ from what a page shows, of its size; or by two of its last digit."""


@dataclass(frozen=True)
class Block:
    """An example of a page, and what the page says that it prints (None: nothing)."""

    kind: str
    code: str
    printed: str | None
    note: str

    @property
    def is_run(self) -> bool:
        """Whether it can be run here."""
        return not self.note or (self.note.startswith("needs") and bool(os.environ.get("ECTOPY_DATA_DIR")))


@dataclass(frozen=True)
class Ran:
    """An example and what it really printed; None where it was not run."""

    block: Block
    output: str | None

    @property
    def as_shown(self) -> bool:
        """Whether the page shows what it prints."""
        if self.output is None or self.block.printed is None:
            return True
        return agrees(self.block.printed, self.output)


class ExampleError(Exception):
    """An example of a page does not do what it should."""


def agrees(shown: str, printed: str) -> bool:
    """Tell whether a page shows what was printed, but for white space and small differences of numbers.

    >>> agrees("9 beats ...", "10 beats in all"), agrees("9 beats", "90 beats"), agrees("beats", "leads")
    (True, False, False)
    """
    forms = {"left_out": ".*", "number": f"({NUMBER})", "space": r"[\s─━]+"}
    parts = [forms.get(str(part.lastgroup), re.escape(part[0])) for part in PRINTED.finditer(shown.strip())]
    found = re.fullmatch("".join(parts), printed.strip(), flags=re.DOTALL)
    numbers = [part["number"] for part in PRINTED.finditer(shown) if part["number"]]
    return found is not None and all(map(_close, numbers, found.groups()))


def _close(shown: str, printed: str) -> bool:
    one, other = (float(each.replace(",", "")) for each in (shown, printed))
    decimals = len(shown.partition(".")[2])
    return abs(one - other) <= max(2 * 10.0**-decimals, TOLERANCE * abs(one))


def blocks(text: str) -> list[Block]:
    """Return the examples of a page."""
    return [
        Block(found["kind"], found["code"], found["printed"], found["note"] or "")
        for found in BLOCK.finditer(text)
    ]


def run(text: str, folder: Path) -> list[Ran]:
    """Run the examples of a page in a folder, which gets the sample recording."""
    names: dict[str, Any] = {"__name__": "__page__"}
    ran = []
    with contextlib.chdir(folder), mock.patch("tempfile.tempdir", str(folder)):
        for block in blocks(text):
            if not block.is_run:
                check(block)
                ran.append(Ran(block, None))
            elif block.kind == "python":
                ran.append(Ran(block, _python(block.code, names)))
            else:
                ran.append(Ran(block, "".join(_command(line) for line in commands(block.code))))
    return ran


def write_sample(folder: Path) -> None:
    """Write a short recording in some formats: `SAMPLE`.hea, .csv and .edf, and ``recordings/`` with it."""
    from ectopy.io.writing import format_to_write, write_record
    from ectopy.simulation import Rhythm, simulate

    rhythm = Rhythm(ventricular=0.08, supraventricular=0.04)
    record = simulate(120, 250, ("II", "V1"), rhythm=rhythm, seed=1, name=SAMPLE)
    (folder / "recordings").mkdir()
    for name in (SAMPLE, f"{SAMPLE}.csv", f"{SAMPLE}.edf", f"recordings/{SAMPLE}"):
        write_record(record, folder / name, format_to_write(folder / name))


def check(block: Block) -> None:
    """Hold an example that is not run to what can be known of it."""
    if block.kind == "python":
        compile(block.code, "<page>", "exec")
        return
    for line in commands(block.code):
        _check_command(line)


def commands(code: str) -> list[str]:
    """Return the commands of a block: its lines, joined where a backslash ends one."""
    joined = code.replace("\\\n", " ").splitlines()
    return [line.strip() for line in joined if line.strip() and not line.lstrip().startswith("#")]


def _python(code: str, names: dict[str, Any]) -> str:
    if code.startswith(">>>"):
        return _session(code, names)
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        exec(compile(code, "<page>", "exec"), names)
    return stream.getvalue()


def _session(code: str, names: dict[str, Any]) -> str:
    """Run lines as typed at a prompt, each held to what the page shows below it."""
    typed = doctest.DocTest(doctest.DocTestParser().get_examples(code), names, "<page>", None, 0, code)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    report = io.StringIO()
    if runner.run(typed, out=report.write, clear_globs=False).failed:
        raise ExampleError(report.getvalue())
    names.update(typed.globs)
    return ""


def _command(line: str) -> str:
    if line.split()[0] in ("pip", "make", "git", "docker", "python", "npm"):
        _check_command(line)
        return ""
    if SHELL.search(line) or not line.startswith("ectopy "):
        return _shell(line)
    return _ectopy(shlex.split(line, comments=True)[1:])


def _ectopy(arguments: list[str]) -> str:
    from ectopy.apps.cli.main import main

    with (
        contextlib.redirect_stdout(io.StringIO()) as stream,
        contextlib.redirect_stderr(io.StringIO()) as complaints,
        mock.patch("sys.argv", ["ectopy", *arguments]),
    ):
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise ExampleError(f"ectopy {shlex.join(arguments)}: {complaints.getvalue()}") from end
    return stream.getvalue()


def _shell(line: str) -> str:
    called = f'ectopy() {{ {sys.executable} -m ectopy "$@"; }}; python() {{ {sys.executable} "$@"; }}\n'
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", called + line], capture_output=True, text=True)
    if done.returncode:
        raise ExampleError(f"{line}: {done.stderr}")
    return done.stdout


def _check_command(line: str) -> None:
    for part in re.split(r"[|;]|&&", line):
        words = [
            word
            for word in shlex.split(part, comments=True)
            if "=" not in word.split("/")[0] or word.startswith("-")
        ]
        if not words:
            continue
        program, *rest = words
        if program.endswith("ectopy") and rest:
            _check_options(rest)
        elif program.endswith("pip"):
            _check_extras(part)
        elif program == "make":
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
            _require([target for target in rest if f"\n{target}:" not in makefile], part, "is no target")
        elif program == "python" and rest[0].endswith(".py"):
            _require([rest[0]] * (not (ROOT / rest[0]).is_file()), part, "is not there")


def _check_options(words: list[str]) -> None:
    from ectopy.apps.cli.main import COMMANDS

    name, *rest = words
    if name.startswith("-"):
        return
    _require([name] * (name not in COMMANDS), " ".join(words), "is no command")
    command = COMMANDS[name].command(name)
    while rest and rest[0] in getattr(command, "commands", {}):
        command, *rest = command.commands[rest[0]], *rest[1:]
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    given = {word.split("=")[0] for word in rest if re.match(r"--?[a-zA-Z]", word)}
    _require(sorted(given - known - {"--help", "-h"}), " ".join(words), "is no option of it")


def _check_extras(line: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"\[([a-z,]+)\]", line)
    extras = [extra for each in named for extra in each.split(",")]
    _require([e for e in extras if e not in project["optional-dependencies"]], line, "is no extra")


def _require(wrong: list[str], line: str, reason: str) -> None:
    if wrong:
        raise ExampleError(f"{line}: {', '.join(wrong)} {reason}")


def refreshed(text: str, ran: list[Ran]) -> str:
    """Return a page with what its examples print now, where that is not what it shows."""
    done = iter(ran)

    def renew(found: re.Match[str]) -> str:
        example = next(done)
        if example.as_shown or not found["printed"]:
            return found[0]
        return found[0].replace(f"```text\n{found['printed']}```", f"```text\n{example.output}```")

    return BLOCK.sub(renew, text)


def pages() -> Iterator[Path]:
    """Yield every page that has examples."""
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        if blocks(path.read_text(encoding="utf-8")):
            yield path


def main() -> None:
    """Run the named pages, and write what their examples print."""
    for path in map(Path, sys.argv[1:]):
        text = path.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            write_sample(Path(folder))
            path.write_text(refreshed(text, run(text, Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
