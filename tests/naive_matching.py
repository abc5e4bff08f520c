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
