"""What a report says of the people who corrected it."""

from __future__ import annotations

from dataclasses import dataclass

from ectopy.analysis.result import Analysis
from ectopy.analysis.review import Review
from ectopy.report.holter.conclusion import conclusion
from ectopy.report.holter.figures import HolterFigures
from ectopy.report.language import Language, Plural
from ectopy.wording import Clock

_EDITS = Plural(
    "Corrected by {who}: {n} edit, made until {when} UTC.",
    "Corrected by {who}: {n} edits, made until {when} UTC.",
)


@dataclass(frozen=True)
class ReviewFacts:
    """Who corrected an analysis, when, and how much.

    Parameters
    ----------
    state : str
        ``in review`` or ``signed``.
    reviewers : tuple of str
        Who made edits, in the order in which they began.
    n_edits : int
        Edits that have an effect.
    last : str
        Time of the last one (ISO 8601, UTC).
    signed_by : str
        Who signed; empty where nobody did.
    conclusion_edited : bool
        Whether a person wrote the conclusion.
    """

    state: str
    reviewers: tuple[str, ...]
    n_edits: int
    last: str
    signed_by: str
    conclusion_edited: bool


def review_facts(review: Review | None) -> ReviewFacts | None:
    """Return what a review is, for machines; None where nobody edited."""
    if review is None:
        return None
    return ReviewFacts(
        state=review.state,
        reviewers=review.reviewers,
        n_edits=review.n_edits,
        last=review.last.isoformat(timespec="seconds") if review.last else "",
        signed_by=review.signed_by,
        conclusion_edited=bool(review.conclusion),
    )


def review_sentences(review: Review | None, language: Language) -> tuple[str, ...]:
    """Return who corrected an analysis, when and how much, and who signed it; nothing where nobody did."""
    if review is None:
        return ()
    when = review.last.strftime("%Y-%m-%d %H:%M") if review.last else "–"
    made = language.count(_EDITS, review.n_edits, who=", ".join(review.reviewers), when=when)
    if review.signed_by:
        return made, language.text("Signed by {who}.", who=review.signed_by)
    return made, language.text("In review: nobody has signed it yet.")


def conclusion_of(
    analysis: Analysis, figures: HolterFigures, clock: Clock, language: Language
) -> tuple[str, ...]:
    """Return the conclusion that a reviewer wrote, a sentence a line, or the one drawn from the figures."""
    if analysis.review is not None and analysis.review.conclusion.strip():
        return tuple(line.strip() for line in analysis.review.conclusion.splitlines() if line.strip())
    return conclusion(figures, clock, language)
