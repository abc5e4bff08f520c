"""A slow, obvious one-to-one matching that the fast one is held to."""

from __future__ import annotations


def match_slowly(reference: list[int], test: list[int], window: int) -> list[tuple[int | None, int | None]]:
    """Take the earliest beat left, and pair it with the other list's earliest if that lies in the window.

    It stays alone if its own follower is as near or nearer to that beat, unless both stand at one sample or
    the follower is nearer still to the other list's next.
    """
    left = [(i, t) for i, t in enumerate(reference)], [(j, a) for j, a in enumerate(test)]
    events: list[tuple[int | None, int | None]] = []
    while left[0] or left[1]:
        heads = [side[0] for side in left if side]
        mine = 0 if left[0] and left[0][0][1] == min(time for _, time in heads) else 1
        ours, theirs = left[mine], left[1 - mine]
        index, time = ours.pop(0)
        partner = None
        if theirs and theirs[0][1] - time <= window:
            to_rival = abs(ours[0][1] - theirs[0][1]) if ours else float("inf")
            rival_goes_on = bool(ours) and len(theirs) > 1 and abs(ours[0][1] - theirs[1][1]) < to_rival
            if theirs[0][1] == time or theirs[0][1] - time < to_rival or rival_goes_on:
                partner = theirs.pop(0)[0]
        events.append((index, partner) if mine == 0 else (partner, index))
    return events


def count_slowly(
    reference: list[tuple[int, str]], test: list[tuple[int, str]], window: int, start: int, stop: int
) -> dict[str, int]:
    """Count pairs, missed beats and extra ones by class, such as ``Vn`` or ``No``, as bxb does.

    A mark is a sample and N, S, V, F or Q, or one of ``[`` and ``]``: beats between those are not heard, nor
    are extra beats while the reference hears none. The reference counts from the start, extra beats of the
    test from one window later.
    """
    ours, silent = _heard(reference)
    theirs, _ = _heard(test)
    ours = [(sample, name) for sample, name in ours if sample >= start]
    counts: dict[str, int] = {}
    for i, j in match_slowly([sample for sample, _ in ours], [sample for sample, _ in theirs], window):
        sample = min(side[k][0] for side, k in ((ours, i), (theirs, j)) if k is not None)
        early = sample < start + window or any(first <= sample <= last for first, last in silent)
        if sample > stop or (i is None and early):
            continue
        cell = ("O" if i is None else ours[i][1]) + ("o" if j is None else theirs[j][1].lower())
        counts[cell] = counts.get(cell, 0) + 1
    return counts


def _heard(marks: list[tuple[int, str]]) -> tuple[list[tuple[int, str]], list[tuple[float, float]]]:
    beats, silent, since = [], [], None
    for sample, name in marks:
        if name == "[":
            since = sample if since is None else since
        elif name == "]":
            if since is not None:
                silent.append((since, sample))
            since = None
        elif since is None:
            beats.append((sample, name))
    return beats, [*silent, *([] if since is None else [(since, float("inf"))])]
