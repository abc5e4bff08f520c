"""Write the figures of compression and denoising into their pages and the denoiser's card.

Run it as ``python docs/make_signal_tables.py``; the text between the two marks of a table is replaced.
"""

from __future__ import annotations

from typing import Any

from ectopy.datasets.splits import DS2
from page_tables.measured import PRETRAINED, RESULTS, ROOT, read, table, write

TITLES = {"ludb": "LUDB", "mitdb": "DS2", "qtdb": "QT Database"}
WHOLE = "denoiser, at all frequencies"
SHOWN = ("noisy", "filter, 0.5 Hz", "filter, 0.5 to 40 Hz", "that filter and wavelets", "denoiser", WHOLE)
DECIBELS = 6


def main() -> None:
    """Fill the tables of every page that has one."""
    docs = ROOT / "docs"
    tables = {"gains": gains, "waves": waves, "deepfilter": deepfilter}
    pages = {
        docs / "compression.md": {
            "lossless": lossless,
            "lossy": lossy,
            "beats": beats,
            "people": people,
            "losses": losses,
            "learned": learned,
        },
        docs / "denoising.md": tables,
        PRETRAINED / "denoiser" / "README.md": tables,
    }
    for page, made in pages.items():
        for name, function in made.items():
            write(page, name, function())


def people() -> str:
    """Return who was measured."""
    result = read(RESULTS / "compress.json")
    first, last = result["minutes"]
    n = len(result["records"])
    who = "the 22 records" if n == len(DS2) else f"{n} of the {len(DS2)} records"
    return f"Minutes {first} to {last} of {who} of DS2, both leads;"


def lossless() -> str:
    """Return the sizes of lossless coders, the smallest first."""
    rows = read(RESULTS / "compress.json")["lossless"]
    rows = sorted(rows.items(), key=lambda each: each[1]["bytes"])
    flac = dict(rows)["FLAC, highest level"]["bytes"]
    lines = [
        (
            "**ecz, lossless**" if name == "ecz" else name,
            f"{each['bytes']:,}",
            f"{each['CR, 11 bits']:.2f}",
            f"{each['CR, 16 bits']:.2f}",
            f"{each['bytes'] / flac:.3f}",
        )
        for name, each in rows
    ]
    return table(("coder", "bytes", "CR, 11 bits", "CR, 16 bits", "beside FLAC"), lines)


def lossy() -> str:
    """Return what lossy coding comes to."""
    rows = read(RESULTS / "compress.json")["lossy"]
    heads = tuple(next(iter(rows.values())))
    lines = [(name, *(f"{row[head]:.2f}" for head in heads)) for name, row in rows.items()]
    return table(("stated", *heads), lines)


def beats() -> str:
    """Return what compression does to beats."""
    rows = read(RESULTS / "compress.json")["beats"]
    lines = [
        (
            name,
            f"{row['QRS F1 %']:.2f} %",
            f"{row['of them lost']} / {row['beats gained']}",
            f"{row['of another class']} of {row['beats of the original']}",
            f"{row['of another class %']:.2f} %",
            ", ".join(f"{kind} {told}" for kind, told in row["of another class, by class"].items()),
        )
        for name, row in rows.items()
    ]
    return table(("", "QRS F1", "beats lost / gained", "of another class", "share", "by class"), lines)


def losses() -> str:
    """Return what becomes of the beats of DS1 at stated losses."""
    rows = read(RESULTS / "compress.json")["beats of DS1 by loss"]
    lines = [
        (
            name,
            f"{row['CR, 11 bits']:.1f}",
            f"{row['QRS F1 %']:.1f} %",
            f"{row['of them lost']} of {row['beats of the original']}",
            *(row["of another class, by class"][kind] for kind in "NSVF"),
        )
        for name, row in rows.items()
    ]
    heads = (
        "stated",
        "CR, 11 bits",
        "QRS F1",
        "beats lost",
        *(f"{kind} of another class" for kind in "NSVF"),
    )
    return table(heads, lines)


def learned() -> str:
    """Return what the learned codec takes beside the wavelets at one loss."""
    result = read(RESULTS / "compress.json")["learned codec beside wavelets, DS2"]
    rows = result["rows"]
    codecs = [name for name in next(iter(rows.values())) if name.startswith("learned")]
    lines = [
        (
            name,
            f"{row['wavelets, CR, 11 bits']:.1f}",
            *(
                f"{row[codec]['bytes / those of wavelets']:.2f} ({row[codec]['leads that reach it']} of"
                f" {result['leads']} leads, {row[codec]['of them smaller']} of them smaller)"
                if row[codec]["leads that reach it"]
                else "no lead reaches it"
                for codec in codecs
            ),
        )
        for name, row in rows.items()
    ]
    heads = (
        "loss of each lead",
        "wavelets: CR, 11 bits",
        *(f"{codec}: bytes beside them" for codec in codecs),
    )
    return table(heads, lines)


def gains() -> str:
    """Return the SNR after every method under each noise, and all figures of the people of LUDB."""
    rows = []
    there = read(RESULTS / "denoise.json")
    for dataset, title in TITLES.items():
        if dataset not in there:
            continue
        for noise in ("bw", "em", "ma"):
            each = measured(dataset, f"{noise}, {DECIBELS} dB")
            rows.append((title, noise, *(f"{each[name]['figures']['SNR dB']:.1f}" for name in SHOWN)))
    heads = tuple(measured("ludb", f"em, {DECIBELS} dB")["denoiser"]["figures"])
    merits = [
        (noise, name, *(f"{value:g}" for value in figures["figures"].values()))
        for noise in ("bw", "em", "ma")
        for name, figures in measured("ludb", f"{noise}, {DECIBELS} dB").items()
    ]
    after = table(("people", "noise", *(f"SNR dB: {name}" for name in SHOWN)), rows)
    return f"{after}\n\nAll figures, LUDB:\n\n{table(('noise', '', *heads), merits)}"


def measured(dataset: str, condition: str) -> dict[str, Any]:
    """Return the figures of every method on some people under some noise."""
    figures: dict[str, Any] = read(RESULTS / "denoise.json")[dataset][condition]
    return figures


def waves() -> str:
    """Return what becomes of P and T waves of LUDB."""
    lines = []
    for condition in ("no noise", "ma, 12 dB", "em, 12 dB", f"ma, {DECIBELS} dB", f"em, {DECIBELS} dB"):
        rows = read(RESULTS / "denoise.json")["ludb"][condition]
        for name in SHOWN:
            if name in rows:
                each = rows[name]["waves"]
                told = [
                    f"{each[wave][key]:g}"
                    for wave in ("P", "T", "QRS")
                    for key in ("height, slope", "height, median error µV", "moved ms, mean size")
                    if wave != "QRS" or key == "height, slope"
                ]
                lines.append((condition, name, *told))
    heads = [f"{wave}: {what}" for wave in "PT" for what in ("height", "error µV", "moved ms")]
    return table(("noise", "", *heads, "QRS: height"), lines)


def deepfilter() -> str:
    """Return the figures by DeepFilter's protocol beside the published ones."""
    result = read(RESULTS / "denoise.json")["by DeepFilter's protocol"]
    keys = ("SSD", "MAD", "PRD", "cosine")
    lines = [
        (f"{name}, published", *(f"{row[key]:g}" for key in keys))
        for name, row in result["published"].items()
    ]
    lines += [(f"{name}, ours", *(f"{row[key]:g}" for key in keys)) for name, row in result["ours"].items()]
    excerpts = ", ".join(result["excerpts"])
    return (
        f"{table(('', *keys), lines)}\n\nOurs: {result['segments']:,} segments of {excerpts}, those of its 14"
        " test excerpts that are at hand, by its scaling and formulas; beats cut before P waves that ectopy"
        " finds, noise from the second half of `bw`. Each segment is given by itself, 1.4 s: the denoiser was"
        " made for recordings, and has learned nothing from such segments."
    )


if __name__ == "__main__":
    main()
