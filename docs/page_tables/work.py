"""Rows about what the work takes: time, memory, batches, streams, devices, corrections."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from page_tables.measured import RESULTS, Row, read, row, table

CORES = 1000

HOLTERS = 1_000_000

HOLTER = "24 h, 2 leads, 360 Hz"


def speed() -> list[Row]:
    """Return how long a day takes."""
    cases, simulated = read(RESULTS / "end_to_end.json")["cases"], read(RESULTS / "simulate.json")
    paces = read(RESULTS / "throughput.json")["rows"]
    return [
        *(
            row(
                f"Beats per second, {name} (share of onnxruntime)",
                f"{pace['beats_per_second']:,} ({pace['onnxruntime_share']:.0%})",
                "python benchmarks/throughput.py",
            )
            for name, pace in paces.items()
        ),
        *(
            row(
                f"{name}, from file on, two cores: {what}",
                f"{cost['wall seconds']:.1f} s, {cost['processor seconds']:.1f} s of processor time,"
                f" {cost['peak memory MB']} MB",
                "python benchmarks/end_to_end.py",
            )
            for name, costs in cases.items()
            for what, cost in costs.items()
            if what in ("all outputs", "no report")
        ),
        row(
            "24 h, 2 leads, 360 Hz, simulated and written",
            f"{simulated['seconds']:.0f} s, {simulated['peak_mb'] / 1024:.2f} GB",
            "make bench",
        ),
    ]


def provisional() -> list[list[str]]:
    """Return how well the provisional beats of a stream agree with the final ones."""
    measured = read(RESULTS / "stream.json")
    parts = [measured[name] for name in ("DS1", "DS2")]

    def line(what: str, figure: Callable[[Any], str]) -> list[str]:
        return [what, *map(figure, parts)]

    minutes = measured["minutes of each record"]
    return [
        line(
            f"records (first {minutes:g} min of each) / final beats",
            lambda part: f"{part['records']} / {part['final beats']:,}",
        ),
        line("final beats told at once", lambda part: f"{part['final beats told provisionally']:.2%}"),
        line(
            "beats told at once that are final",
            lambda part: f"{part['provisional beats that are final']:.2%}",
        ),
        line("of beats told at once: same class", lambda part: f"{part['same class']:.2%}"),
        *(
            line(f"class {name}: told so at once / stays so (final beats)", partial(kept, name))
            for name in "SVF"
        ),
        line(
            "seconds after the R peak: median / largest",
            lambda part: " / ".join(f"{value:.2f}" for value in part["seconds after the R peak"].values()),
        ),
        line(
            "processor seconds per second of signal, two leads",
            lambda part: f"{part['processor seconds per second of signal']:.3f}",
        ),
    ]


def kept(name: str, part: Any) -> str:
    """Return how many final beats of a class were told so at once, and how many told so stay so."""
    figures = part["class"][name]
    shares = (figures["told so at once"], figures["stays so"])
    shown = " / ".join("-" if share is None else f"{share:.1%}" for share in shares)
    return f"{shown} ({figures['final']:,})"


def alarms() -> str:
    """Return how many false alarms a stream raises, and how soon it tells fibrillation."""
    measured = read(RESULTS / "stream.json")
    shipped, credulous = (measured["normal"][name] for name in ("as shipped", "nothing doubted"))
    told = measured["fibrillation"]
    others = told["DS1 without flutter, told in"]
    return (
        f"In {shipped['recordings']} handheld strips that experts call normal (`cinc2017`, people learned"
        f" from) a V was told at once in {shipped.get('with V', 0)} and an S in {shipped.get('with S', 0)};"
        f" were nothing doubted, in {credulous.get('with V', 0)} and {credulous.get('with S', 0)}. The price:"
        f" {shipped['beats not judged'] / shipped['beats']:.1%} of their beats are `?`, and so may be the"
        " first ectopic beats of a shape that the stream has not seen before.\n\n"
        f"Ventricular fibrillation was told within 10 s of the mark of its onset in"
        f" {told['told within 10 s']} of {told['people']} people of `cudb` (learned from; median"
        f" {told['seconds after the onset, median']:g} s), and in {len(others)} of the"
        f" {told['DS1 without flutter']} records of DS1 without flutter"
        " (`python benchmarks/stream.py normal fibrillation`)."
    )


def resident() -> str:
    """Return what a stream of packets holds in memory after some time and after longer."""
    seen = read(RESULTS / "stream.json")["memory"]
    shown = ", ".join(f"{megabytes:.0f} MB after {minutes} minutes" for minutes, megabytes in seen.items())
    command = "`python benchmarks/stream.py memory`"
    return f"A simulated stream of two leads, in packets of 40 ms: {shown} ({command})."


def int8_losses() -> list[list[str]]:
    """Return what 8 bits lose, figure by figure."""
    return [
        [people, what, *(f"{row[name]:.2f}" for name in ("F1 fp32", "F1 int8", "loss")), lost(row)]
        for people, figures in read(RESULTS / "edge.json").get("loss", {}).items()
        for what, row in figures.items()
    ]


def lost(row: Any) -> str:
    """Return how many people lose more than half a point, and who loses most."""
    count = row["people with a loss above 0.5"]
    return f"{count} of {row['people']} (most: {row['worst person']}, {row['worst loss']:.2f})"


def edge_costs() -> list[list[str]]:
    """Return size and cost of each exported graph."""
    return [
        [
            f"`{name}.onnx`",
            f"{row['bytes']:,}",
            f"{row['microseconds, Python']:.1f}",
            f"{row['microseconds, JavaScript']:.1f}" if "microseconds, JavaScript" in row else "-",
            row["per"],
        ]
        for name, row in read(RESULTS / "edge.json")["cost"].items()
    ]


def learning() -> str:
    """Return F1 of the classes after a number of answers, of each way to ask."""
    ways = read(RESULTS / "review_learning.json")["all"]
    heads = ["answers about each person", "S", "V", "F", "median person's worst class"]
    rows = []
    for late in ("", ", after 5 min"):
        for way, budgets in ways.items():
            for answers in (0, 5, 10, 20, 50, "all"):
                told = budgets.get(f"{answers}{late}")
                if told is None or (answers == 0 and way != "chosen beats"):
                    continue
                number = f"{budgets['n_labels']['mean']:.0f}" if answers == "all" else answers
                what = f"{number} ({way}){late}" if answers else f"0{late}"
                rows.append([what, *(f"{told[name]:.3f}" for name in ("S", "V", "F", "median worst class"))])
    return table(heads, rows)


def edited_day() -> str:
    """Return what the corrections of a day cost in processor time."""
    day = read(RESULTS / "review_learning.json")["a day"]
    return (
        f"The figures of a day of {day['beats']:,} beats are there {day['recount after an edit, ms']:.0f} ms"
        f" after an edit,\nwith a hundred edits in the log"
        f" {day['recount after 100 edits, ms']:.0f} ms after it; adapting to 20 labels and choosing"
        f" the next question takes\n{day['adapt to 20 labels and choose a question, ms']:.0f} ms more"
        " (processor time; `python benchmarks/review_learning.py --cost`)."
    )


def review_costs() -> str:
    """Return what the review page costs, beside its aims."""
    result = read(RESULTS / "review.json")
    cases, aims = result["cases"], result["aims"]
    rows = []
    for name, aim in aims.items():
        figures = [
            max(case[part][name] for part in ("scroll", "zoom", "jump")) if "frame" in name else case[name]
            for case in cases.values()
        ]
        rows.append([name, *map(str, figures), str(aim)])
    rows.append([f"load of the {result['cores']} cores meanwhile", *[str(result["load"])] * len(cases), "0"])
    return table(["", *cases, "aim"], rows)


def schema() -> str:
    """Return the columns of the tables of a batch."""
    from ectopy.apps.batch.schema import SCHEMA_VERSION, columns

    tables = [
        f"Version {SCHEMA_VERSION}; a new column raises the minor number, any other change the major one."
    ]
    for name, each in columns().items():
        rows = [(f"`{column.name}`", column.type.replace("<", "\\<"), column.text) for column in each]
        tables.append(f"### {name}\n\n{table(('column', 'type', 'what it is'), rows)}")
    return "\n\n".join(tables)


def capacity() -> str:
    """Return what a recording of each length takes, and the plan for a million Holters."""
    measured = read(RESULTS / "batch.json")
    lengths = {name: each for name, each in measured.items() if " leads, " in name}
    heads = (
        "recording (how many were measured)",
        "processor seconds",
        "recordings a second and core",
        "memory of its process",
        "files",
        "tables",
    )
    rows = [
        (
            f"{name} ({each['recordings']})",
            f"{each['processor seconds a recording']:.3g}",
            f"{1 / each['processor seconds a recording']:.3g}",
            f"{max(each['worker memory MB'])} MB",
            f"{each['input bytes a recording'] / 1e6:,.2f} MB",
            f"{each['table bytes a recording'] / 1e6:,.3f} MB",
        )
        for name, each in lengths.items()
    ]
    note = (
        "`python benchmarks/batch.py`, one worker, the start of the command included, no"
        f" pages: Python {measured['python']} on {measured['machine']}."
    )
    return "\n\n".join([table(heads, rows), note, *plan(lengths[HOLTER])])


def plan(day: dict[str, Any]) -> list[str]:
    """Return what a million days take, computed from what one takes."""
    seconds, memory = day["processor seconds a recording"], max(day["worker memory MB"])
    hours = HOLTERS * seconds / 3600
    read_bytes, written = (HOLTERS * day[f"{what} bytes a recording"] for what in ("input", "table"))
    per_part = max(1, (1 << 30) // day["input bytes a recording"])
    parts = HOLTERS / per_part
    beats = HOLTERS * day["beats"] / day["recordings"]
    wall = hours / CORES
    rows = [
        ("processor time", f"{hours:,.0f} core-hours: {wall:.1f} h on {CORES:,} cores"),
        ("memory", f"{CORES * memory / 1000:,.0f} GB, {memory} MB a core"),
        ("read", f"{read_bytes / 1e12:.1f} TB, {read_bytes / wall / 3600 / 1e9:.2f} GB a second"),
        (
            "written",
            f"{written / 1e12:.2f} TB of tables, {beats / 1e9:.0f} thousand million beats",
        ),
        (
            "parts",
            f"{parts:,.0f} of {per_part} recordings, {per_part * seconds / 60:.0f} minutes each: what a lost"
            " node costs a core",
        ),
        ("files", f"{6 * parts:,.0f}: a file of each of five tables and a mark for each part"),
        ("lanes that ask for parts", f"{CORES / (per_part * seconds):.1f} a second, of one driver"),
    ]
    return [
        "## A million 24-hour Holters",
        table(("what", "how much"), rows),
        "Assumed: recordings like the measured one (2 leads, 360 Hz, 16 bit), cores like the measured one and"
        " idle, an object store that gives each core what it reads (the rate above, spread"
        " evenly), no pages, and processor time that does not depend on the number of cores. No cluster of"
        " this size was measured.",
        "Layout: recordings and tables in one object store, in the region of the cores;"
        " `--part-bytes 1073741824` (the default at this length), `--jobs 1000`, `--memory 2048`, nodes of 16"
        " cores. Nodes may be of the kind that is taken away: a part is done again.",
        "What breaks first: (1) the list: a million objects are listed, and held in memory, by one machine"
        " before anything is analysed. (2) The disks of the nodes: a recording of an object store is copied"
        " to scratch while it is analysed, one a core. (3) Readers of the tables: queries over all beats want"
        " the files of a few thousand parts compacted. (4) The driver is one process; if it ends, the run has"
        " to be started again, and goes on where it was.",
    ]
