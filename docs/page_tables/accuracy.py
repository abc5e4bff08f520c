"""Rows about R peaks, classes, rhythms and waves: ours, and of other programs."""

from __future__ import annotations

from page_tables.measured import PRETRAINED, RESULTS, Row, interval, over_seeds, read, row, table

DE_CHAZAL = {"V": (0.777, 0.819), "S": (0.759, 0.385)}
"""Class → Se and +P on DS2, R peaks given: de Chazal, O'Dwyer, Reilly 2004, abstract."""


def front() -> list[Row]:
    """Return six figures that matter, each beside a baseline."""
    compared = read(RESULTS / "comparison.json")["qrs"]
    best = max((name for name in compared if name != "ectopy"), key=lambda name: compared[name]["Se"])
    ours, other = compared["ectopy"], compared[best]
    rhythm = read(RESULTS / "beyond.json")["episodes"]["cinc2017, people kept apart"]["AF F1"]
    waves = read(RESULTS / "delineation.json")["datasets"]["ludb, lead II"]
    p_waves = {name: each["single leads"]["P"]["F1 150 ms"] for name, each in waves.items()}
    wave_best = max((name for name in p_waves if name != "ectopy"), key=lambda name: p_waves[name])
    day = read(RESULTS / "end_to_end.json")["cases"]["24 h, 2 leads, 360 Hz"]
    whole, peer = day["all outputs"], day["peers, one lead, detection only"]["neurokit2"]
    return [
        (
            "R peaks, MIT-BIH DS2, one lead: Se / +P",
            f"{ours['Se']:.2f} % / {ours['+P']:.2f} %",
            f"{other['Se']:.2f} % / {other['+P']:.2f} % ({best}, the best of three)",
        ),
        *(published_class(name, title) for name, title in (("V", "ventricular"), ("S", "supraventricular"))),
        (
            "atrial fibrillation, CinC 2017: F1",
            f"{rhythm['model']:.2f}",
            f"{rhythm['simple rule']:.2f} (irregular intervals)",
        ),
        ("P waves, LUDB: F1", f"{p_waves['ectopy']:.3f}", f"{p_waves[wave_best]:.3f} ({wave_best})"),
        (
            "a day of two leads, file to report",
            f"{whole['processor seconds']:.0f} s of processor time, {whole['peak memory MB']} MB",
            f"{peer['processor seconds']:.0f} s, {peer['peak memory MB']:,} MB"
            " (neurokit2, R peaks of one lead alone)",
        ),
    ]


def published_class(name: str, title: str) -> Row:
    """Return how well a class is told from the recording alone, beside the paper that made the split."""
    figure = read(RESULTS / "ds2.json")["detected beats"]["classes"]["figures"][f"F1 {name}"]
    sensitivity, predictivity = DE_CHAZAL[name]
    f1 = 2 * sensitivity * predictivity / (sensitivity + predictivity)
    return (
        f"{title} beats, MIT-BIH DS2: F1 (95 % interval)",
        f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})",
        f"{f1:.2f} (de Chazal 2004, R peaks given)",
    )


def detection() -> list[Row]:
    """Return how well beats are found."""
    titles = {"DS2": "DS2 (people never seen)", "all 48": "all 48 records (22 of them trained on)"}
    shipped = read(RESULTS / "qrs.json")["shipped"]
    small = read(RESULTS / "small_qrs.json")["folds 1 to 9"]["below 0.2 mV"]
    what = "QRS detection, PTB-XL folds 1 to 9 (chosen on), single leads with complexes below 0.2 mV: Se / +P"
    on_small_leads = row(what, f"{small['Se']:.1f} % / {small['+P']:.1f} %", "python benchmarks/small_qrs.py")
    marked = [
        row(
            f"QRS detection, MIT-BIH {titles[patients]}, {leads}: Se / +P",
            f"{figures['Se']:.3f} % / {figures['+P']:.3f} %",
            "python benchmarks/qrs.py",
        )
        for leads, sets in shipped.items()
        for patients, figures in sets.items()
        if patients in titles
    ]
    return [*marked, on_small_leads]


def delineation() -> list[Row]:
    """Return how well P, QRS and T are delineated on people kept apart, beside the best of the others."""
    sets = read(RESULTS / "delineation.json")["datasets"]
    command = "python benchmarks/delineation.py"
    rows = []
    for wave in ("P", "QRS", "T"):
        scores = {
            name: each["single leads"][wave]["F1 150 ms"] for name, each in sets["ludb, lead II"].items()
        }
        what = f"Waves, LUDB lead II (40 people never seen): {wave}, F1 (best of the other packages)"
        others = max(score for name, score in scores.items() if name != "ectopy")
        rows.append(row(what, f"{scores['ectopy']:.3f} ({others:.3f})", command))
    for mark in ("P onset", "QRS onset", "QRS end", "T end"):
        spreads = {name: each["better lead"][mark]["sd ms"] for name, each in sets["qtdb"].items()}
        what = (
            f"Waves, QT Database (18 people never seen), better lead: {mark}, sd (best of the other packages)"
        )
        others = min(spread for name, spread in spreads.items() if name != "ectopy" and spread is not None)
        rows.append(row(what, f"{spreads['ectopy']:.1f} ms ({others:.1f} ms)", command))
    return rows


def classes() -> list[Row]:
    """Return how well beats of people never seen are classified, from their recordings alone."""
    figures = read(RESULTS / "ds2.json")["detected beats"]["classes"]["figures"]
    what = "From the recording alone (MIT-BIH DS2): class {}, Se / +P / F1 (95 % interval by patient)"
    return [
        row(
            what.format(name),
            f"{figures[f'Se {name}']['value']:.3f} / {figures[f'+P {name}']['value']:.3f}"
            f" / {interval(figures[f'F1 {name}'])}",
            "ectopy evaluate --split ds2 --out FOLDER",
        )
        for name in "VSF"
    ]


def classes_over_seeds() -> list[Row]:
    """Return how much the classes of an analysis depend on the seed of the classifier."""
    metrics = read(PRETRAINED / "beat-classifier" / "manifest.json")["metrics"]
    return [
        row(
            f"{given.replace('mitdb', 'MIT-BIH')}: F1 of {name}, mean ± sd (each; the first is shipped)",
            f"{over_seeds(found['F1'])} ({', '.join(f'{run:.3f}' for run in found['F1']['runs'])})",
            "python benchmarks/beat_classifier.py MODEL …",
        )
        for given, parts in metrics.items()
        if "mean of" in given
        for name, found in parts.items()
    ]


def parts() -> list[list[str]]:
    """Return what each part of the classifier contributes on patients of DS1 outside training."""
    variants = read(RESULTS / "classifier_cv.json")["variants"]
    cells = (
        *(("lead 1", "S F1"), ("lead 2", "S F1"), ("lead 1", "V F1"), ("lead 2", "V F1")),
        ("augmented sick sinus", "S F1"),
        *((f"augmented {kind}", "N as S") for kind in ("fibrillation", "flutter")),
    )
    return [[name, *(f"{figures[on][what]:.3f}" for on, what in cells)] for name, figures in variants.items()]


def false_alarms() -> list[Row]:
    """Return how many beats an hour are called ectopic in people who have none."""
    result = read(RESULTS / "beat_classifier.json")
    rows = []
    for title in ("nsrdb", "qtdb sinus people"):
        for name, what in ((title, "both leads"), (f"{title}, one lead", "one lead")):
            figures = result[name]["summary"]
            hours = f"{figures['hours']:.1f} h"
            rate = f"{figures['an hour']['S']:.2f} / {figures['an hour']['V']:.2f}"
            rows.append(
                row(
                    f"False S / V an hour, {title}, {what} ({hours})",
                    rate,
                    "python benchmarks/beat_classifier.py",
                )
            )
    alarmed = [result[f"cinc2017 N, kept apart{words}"]["an hour"] for words in ("", ", nothing doubted")]
    rates = [f"{each['S']:.1f} / {each['V']:.1f}" for each in alarmed]
    rows.append(
        row(
            "False S / V an hour, handheld recordings labelled normal, cinc2017 (nothing doubted)",
            f"{rates[0]} ({rates[1]})",
            "python benchmarks/beat_classifier.py --only cinc2017",
        )
    )
    return rows


def doubted() -> list[tuple[str, ...]]:
    """Return which share of what was called ectopic is doubted, by networks that have not seen the person."""
    metrics = read(PRETRAINED / "ectopic-evidence" / "manifest.json")["metrics"]
    classes = [metrics[f"doubted of what was called {name}, cross-validated by person"] for name in "SVF"]
    return [
        (group, *(f"{each[group]['doubted']:.1%} of {each[group]['beats']:,}" for each in classes))
        for group in classes[0]
    ]


def handheld() -> list[tuple[str, ...]]:
    """Return how often normal handheld recordings are alarmed at, with and without doubt."""
    result = read(RESULTS / "beat_classifier.json")
    rows: list[tuple[str, ...]] = []
    for title, what in (("", "as shipped"), (", nothing doubted", "without this model")):
        figures = result[f"cinc2017 N, kept apart{title}"]
        hours = f"{figures['recordings']:,} of {figures['hours']:.1f} h, {what}"
        rates = " / ".join(f"{figures['an hour'][name]:.1f}" for name in "SVF")
        rows.append(
            (hours, rates, f"{figures['recordings with']['V']:.1%}", f"{figures['share not judged']:.1%}")
        )
    return rows


def rhythms() -> list[Row]:
    """Return how well atrial fibrillation is found, beside a rule of irregular intervals."""
    found = read(RESULTS / "beyond.json")["episodes"]
    command = "python benchmarks/beyond.py --only episodes"
    ds2 = found["mitdb DS2"]
    shares = [
        f"{ds2[how]['duration sensitivity']:.1f} % / {ds2[how]['duration +P']:.1f} %"
        for how in ("model", "simple rule")
    ]
    f1 = found["cinc2017, people kept apart"]["AF F1"]
    return [
        row(
            "Atrial fibrillation, MIT-BIH DS2, duration: Se / +P (simple rule)",
            "{} ({})".format(*shares),
            command,
        ),
        row(
            "Atrial fibrillation, CinC 2017, people kept apart: F1 of recordings (simple rule)",
            f"{f1['model']:.3f} ({f1['simple rule']:.3f})",
            command,
        ),
    ]


def fibrillation() -> str:
    """Return how atrial fibrillation is told, of whom, and where it is told wrongly: for the model's card."""
    found = read(RESULTS / "beyond.json")["episodes"]
    two, one = found["mitdb DS2"], found["mitdb DS2, one lead"]
    cinc, healthy = found["cinc2017, people kept apart"], found["nsrdb"]
    told, ways = cinc["told, percent"], ("model", "simple rule")
    rows = [
        [f"DS2, {leads}, gross duration Se / +P, {flutter}"]
        + [f"{each['duration sensitivity']:.1f} / {each['duration +P']:.1f}" for each in figures]
        for leads, part in (("two leads", two), ("one lead", one))
        for flutter, figures in (
            ("flutter counted as wrong", [part[way] for way in ways]),
            ("without flutter (`epicmp -x`)", [part[f"{way}, -x"] for way in ways]),
        )
    ]
    rows += [
        [
            f"DS2, S beats told per hour of fibrillation and flutter, {leads}"
            f" (had no episode been found: {part['S per hour of AF, had no episode been found']})",
            f"{part['S per hour of AF']}",
            "",
        ]
        for leads, part in (("two leads", two), ("one lead", one))
    ]
    rows += [
        [
            "CinC 2017, people kept apart: F1 of recordings in fibrillation",
            *(f"{cinc['AF F1'][way]:.3f}" for way in ways),
        ],
        [
            "CinC 2017: recordings of A / N / O called fibrillation, percent",
            *(" / ".join(f"{told[way][kind]:.1f}" for kind in "ANO") for way in ways),
        ],
        [
            f"`nsrdb`, {healthy['hours']} h of {len(healthy['model'])} healthy people: those with an episode",
            *(str(sum(each["episodes"] > 0 for each in healthy[way].values())) for way in ways),
        ],
    ]
    wrong = ", ".join(f"{name} {each['false seconds']:.0f} s" for name, each in two["by record"].items())
    return (
        f"{table(('of whom', *ways), rows)}\n\n"
        f"Time that is wrongly called fibrillation in DS2, two leads: {wrong}."
    )


def pacing() -> list[Row]:
    """Return how many people, and beats, are told to be paced, beside what spikes of one sample tell."""
    found = read(RESULTS / "pacing.json")
    named = {
        ("people", "paced"): "PTB-XL and LUDB, 12 leads: people with a pacemaker",
        ("people", "others"): "PTB-XL and LUDB, 12 leads: other people",
        ("beats", "paced"): "MIT-BIH 102, 104, 107, 217: paced and fused beats",
        ("beats", "others"): "MIT-BIH 102, 104, 107, 217: other beats",
    }
    rows = []
    for (unit, kind), name in named.items():
        parts = [part[kind] for part in found[unit].values()]
        total, told, simple = (
            sum(part[what] for part in parts) for what in (unit, "told", "told, single samples alone")
        )
        rows.append(
            row(
                f"Told to be paced, {name}, limits chosen on them (spikes of one sample alone)",
                f"{told:,} of {total:,} ({simple:,})",
                "python benchmarks/pacing.py",
            )
        )
    return rows


def peers() -> list[list[str]]:
    """Return the R peaks of each package."""
    return [
        [
            "gqrs, Python port in wfdb" if name == "gqrs" else name,
            f"{each['Se']:.3f} %",
            f"{each['+P']:.3f} %",
            f"{each['VEB missed']} of {each['VEB']:,}",
        ]
        for name, each in read(RESULTS / "comparison.json")["qrs"].items()
    ]


def cells() -> str:
    """Return what each package can do, as far as it was run, and when."""
    compared = read(RESULTS / "comparison.json")
    names = ["ectopy", *compared["versions"]]
    marks = {True: "runs", False: "·"}
    rows = [
        [what, *(marks[each.get(name) == "runs"] for name in names)]
        for what, each in compared["cells"].items()
    ]
    heads = ["", "ectopy", *(f"{name} {number}" for name, number in compared["versions"].items())]
    return (
        f"{table(heads, rows)}\n\nRun on {compared['date']} with Python {compared['python']},"
        " by `python benchmarks/comparison.py`."
    )
