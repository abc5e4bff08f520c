"""What the name of a channel says that it holds.

Sources: the labels of EDF+ (edfplus.info), AASM montages, the 10-20 system, the signal names of the PhysioNet
databases, and the exports of Shimmer, Polar, Movesense, OpenSignals and NeuroKit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

_ECG_WORDS: Final = re.compile(
    r"f?[eé][ck]g|экг|心電|心电|심전도|el[ei][ck]tro[ck]ardio|cardiograma?|holter", re.IGNORECASE
)

_LIMB: Final = r"i|ii|iii|[ad]?v[rlf]|a[rlf]"
_LEAD: Final = (
    rf"{_LIMB}|v\d?|v1[0-2]|v[1-9]r|v[1-9][mr]?|v[xyz]|x|y|z"
    r"|m(?:od)?l?v?(?:i{1,3}|\d)|ml(?:i{1,3}|[1-6])|mv[1-9]|mcl[1-6]?|c[mcsbr][1-7]|d(?:i{1,3}|[1-4])|ed[1-6]"
    r"|nehb[adij]|e[si]|a[si]"
)
_LEAD_NAME: Final = re.compile(rf"(?:{_LEAD})(?:(?P<pair>-)(?:{_LEAD}))?")
_VAGUE: Final = frozenset({"x", "y", "z", "v"})
"""Names of leads of which other channels have the name too: these are judged by the signal."""

_ELECTRODES: Final = re.compile(r"(?:ll|la|ra|rl|vx?|v[1-6])-(?:ll|la|ra|rl|wct)|e-s|a-[si]")
_LEAD_WORDS: Final = re.compile(
    r"\b(?:modified|mod\.?|lead|ableitung|abl\.?|d[eé]riv(?:ation|aci[oó]n|azione)|derivaç[aã]o|kanal|канал|отведение)\b",
    re.IGNORECASE,
)

_CHEST_ELECTRODES: Final = re.compile(r"c[1-6]")
"""Chest leads as some countries write them; C3 and C4 are EEG electrodes too."""

_FEW_EEG: Final = 3
"""So many electrodes of the 10-20 system by name are an EEG, and not chance."""

_EEG_SITE: Final = r"(?:(?:fp|af|f|ft|fc|t|tp|c|cp|p|po|o)(?:\d{1,2}|z)|a[12]|m[12]|nz|iz)"
_EEG_PAIR: Final = re.compile(
    rf"(?:(?!a[12]-|m[12]-|c[1-6]-c[1-6]){_EEG_SITE})-(?:{_EEG_SITE}|ref\w*|le|avg?|ar|gnd|cz)"
)
_EEG_SINGLE: Final = re.compile(r"fp[12z]|f[3478z]|af\d|fc\d|t[3-8]|cp?z|cp\d|p[3478z]|po?z|po\d|o[12z]")
_EOG_PAIR: Final = re.compile(r"(?:e[12]|loc|roc|l?eog|r?eog)-(?:m[12]|a[12]|fpz|ref\w*)|[lr]oc|e[12]")

_DERIVED: Final[Mapping[str, str]] = {
    "a marker": r"""
        r?[ _]?peaks? | mark(?:er|e|s|ers|ierung)? | trig(?:ger|gers)? | events? | ereignis | evento
        | sync | qrs | stim\w* | din\d* | ttl | button | taste | onsets? | offsets? | pace[rs]?
        | pacemaker | beats? | schl[aä]ge?""",
    "a label": r"""
        labels? | annot(?:ation|ations|ated)? | anns? | class(?:es)? | classification | targets?
        | phase\w* | rhythm | rhythmus | episodes? | codes? | type | pred(?:iction|icted|s)? | scores?
        | prob\w* | comment\w* | kommentar\w* | comentario\w* | remarks? | bemerkung\w* | notes? | notiz\w*
        | symbols? | text | messages? | diary | stages? | hypnogram | sleep""",
    "a rate": r"""
        hr | hrv | heart[ _]?rate | herzfrequenz | puls[ _]?(?:frequenz|rate) | pulse[ _]?rate | bpm
        | rates? | rr | rri | rr[ _]?intervals? | ibi | nn | pr | fc | frecuencia | fr[eé]quence | br
        | rpm""",
    "a state of the device": r"""
        quality | sqi | status | flags? | valid | leads?[ _-]?off | lod | loff | batt(?:ery|erie)? | akku
        | impedan[cz]e?\w* | error | lqi | rssi""",
    "a clock or a count": r"""
        time\w* | zeit\w* | uhrzeit | tiempo | temps | tempo | tijd | tid | czas | время | 时间 | 時間
        | timestamps? | stamp | datetime | dates? | datum | fecha | clock | hora | heure | index | idx
        | seq | nseq | sequence | counter | packet\w* | frame | row | epoch | unix | utc""",
}
"""What is derived from an ECG, or written beside one: these words outrank the word ECG."""

_OTHER: Final[Mapping[str, str]] = {
    "an EEG": r"""
        eeg | elektroenzephalo\w* | electroenc\w* | ecog | seeg""",
    "an EOG": r"""
        v?h?[lr]?eog[lrvh]?""",
    "an EMG": r"""
        s?emg | chin\d* | kinn | leg[lr]? | tib | tibialis | masseter | submental""",
    "breathing": r"""
        resp\w* | atmung | atem\w* | thor(?:ax|acic|ac)? | tho | abdo?(?:men|minal)? | breath\w* | flow
        | airflow | fluss | nasal | nase | cannula | therm(?:istor|ocouple) | snor\w* | schnarch\w*
        | effort | belt | rip | xflow | cflow | ptaf | tidal | volume | spiro\w* | sum | xsum | awp | paw
        | mic(?:rophone)?""",
    "a pulse wave": r"""
        pleth\w* | p?ppg\d* | photopleth\w* | pulsox | bvp | pulse? | pulso | pouls | polso
        | infra[ _]?red | ir | red | green | led\d* | pat | ptt""",
    "a pressure": r"""
        i?n?abp\d* | art\d* | artbp | i?bp\d* | nibp | cvp\d* | pap\d* | icp | lap | rap | uap | uvp
        | press(?:ure)?s? | blood | blutdruck | finapres | portapres | finometer | sys(?:tol\w*)?
        | dia(?:stol\w*)? | cpap\w* | ao""",
    "sweat": r"""
        gsr | eda | scr | scl | skin | conductance | hautleit\w* | electroderm\w*""",
    "motion": r"""
        ac{1,2}(?:el\w*)?\d?[xyz]? | beschl\w* | g?gyro?\w* | magn?(?:et\w*)?[xyz]? | imu | quat\w*
        | motion | activity | actigraph\w* | position | pos | posture | lage | steps? | speed | cadence
        | altitude | gps | lat(?:itude)? | lon(?:gitude)?""",
    "oxygen or carbon dioxide": r"""
        s[pa][o0]2\w* | sat | osat | et?c[o0]2 | cap\w*no\w* | [tp]*c[o0]2 | o2 | oxy\w* | saturation
        | sättigung""",
    "another quantity": r"""
        temp(?:erature|eratur)?\d* | light | lux | licht | humid\w* | baro\w* | sound | audio | ton | bcg
        | scg | pcg | phono\w* | icg | z0 | dz | dzdt | egg | toco | uc | torque | force | weight
        | glucose | power""",
}
"""Other signals; the word ECG in the same name outranks these, as in `EEG EKG1-REF`."""

_WORD: Final = re.compile(r"[^\W\d_]+\d*|\d+")


def _compiled(kinds: Mapping[str, str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(words, re.VERBOSE)) for kind, words in kinds.items())


_DERIVED_WORDS: Final = _compiled(_DERIVED)
_OTHER_WORDS: Final = _compiled(_OTHER)


def says_ecg(name: str) -> bool:
    """Tell whether a name is that of an ECG lead, in the spellings of hospitals, Holters and wearables.

    Examples
    --------
    >>> [name for name in ("MLII", "aVR", "Lead I", "EKG 2", "EEG Fp1", "ch1") if says_ecg(name)]
    ['MLII', 'aVR', 'Lead I', 'EKG 2']
    """
    if _ECG_WORDS.search(name):
        return True
    short = _short(_LEAD_WORDS.sub("", re.sub(r" \d+$", "", name.replace("_", " "))))
    is_lead = bool(_LEAD_NAME.fullmatch(short) or _ELECTRODES.fullmatch(short))
    return name == "V" or (is_lead and short not in _VAGUE)


def other_kind(name: str) -> str | None:
    """Say what a name holds that is no ECG lead, as in ``"an EEG"``; None where it does not tell.

    Examples
    --------
    >>> other_kind("EEG C3-A2"), other_kind("ecg_r_peak"), other_kind("PLETH"), other_kind("V5")
    ('an EEG', 'a marker', 'a pulse wave', None)
    """
    words = _words(name)
    derived = _kind(words, _DERIVED_WORDS)
    if derived or says_ecg(name):
        return derived
    short = _short(name)
    if _EOG_PAIR.fullmatch(short):
        return "an EOG"
    is_eeg = _EEG_PAIR.fullmatch(short) or _EEG_SINGLE.fullmatch(short)
    return "an EEG" if is_eeg else _kind(words, _OTHER_WORDS)


def is_montage(names: Sequence[str]) -> bool:
    """Tell whether among some names are several electrodes of an EEG, or one that can be nothing else."""
    return _shows_brain(names) or sum(map(_is_eeg_electrode, names)) >= _FEW_EEG


def is_chest_lead(name: str, names: Sequence[str]) -> bool:
    """Tell whether ``C1`` to ``C6`` is a chest lead: beside other leads, and nothing of an EEG.

    Examples
    --------
    >>> is_chest_lead("C3", ["II", "C3", "C4"]), is_chest_lead("C3", ["EKG", "C3", "F3"])
    (True, False)
    """
    return (
        _CHEST_ELECTRODES.fullmatch(name.casefold()) is not None
        and any(map(says_ecg, names))
        and not _shows_brain(names)
    )


def _shows_brain(names: Sequence[str]) -> bool:
    return any(other_kind(name) in ("an EEG", "an EOG") for name in names)


def _is_eeg_electrode(name: str) -> bool:
    return _EEG_SINGLE.fullmatch(_short(name)) is not None


def is_electrode(name: str) -> bool:
    """Tell whether a name can be that of one electrode of an EEG."""
    return bool(re.fullmatch(_EEG_SITE, _short(name)))


def _kind(words: Sequence[str], kinds: Sequence[tuple[str, re.Pattern[str]]]) -> str | None:
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    stems = [word.rstrip("0123456789") for word in words]
    return next((kind for kind, known in kinds if any(map(known.fullmatch, (*pairs, *words, *stems)))), None)


def _short(name: str) -> str:
    """Return a name in small letters without blanks, brackets and the like; hyphens stay."""
    return re.sub(r"[^\w-]|_", "", name.casefold()).strip("-")


def _words(name: str) -> list[str]:
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z][a-zà-ÿ])", " ", name)
    return [word.casefold() for word in _WORD.findall(apart)]
