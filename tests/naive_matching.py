"""A slow, obvious one-to-one matching that the fast one is held to."""

from __future__ import annotations


def match_slowly(reference: list[int], test: list[int], window: int) -> list[tuple[int | None, int | None]]:
    """Take the earliest beat left; pair it with the other list's earliest if neither the window nor its own
    follower, being nearer, forbids that."""
    left = [(i, t) for i, t in enumerate(reference)], [(j, a) for j, a in enumerate(test)]
    events: list[tuple[int | None, int | None]] = []
    while left[0] or left[1]:
        heads = [side[0] for side in left if side]
        mine = 0 if left[0] and left[0][0][1] == min(time for _, time in heads) else 1
        ours, theirs = left[mine], left[1 - mine]
        index, time = ours.pop(0)
        partner = None
        if theirs and theirs[0][1] - time <= window:
            follower_is_nearer = bool(ours) and abs(ours[0][1] - theirs[0][1]) < theirs[0][1] - time
            if not follower_is_nearer:
                partner = theirs.pop(0)[0]
        events.append((index, partner) if mine == 0 else (partner, index))
    return events
