"""The sources' empirical claims as experiments: ``course reproduce`` runs them, the book shows what came out.

A protocol (one file each) says what is measured, in which cells of a grid, from which seeds, and by which rule the
results decide a claim: it holds, it does not hold, or these data do not decide.
"""

from course_lib import _checks
from course_lib.claims import (
    accumulated_squares,
    activation_cost,
    activation_ranking,
    adaptive_generalization,
    alpha_dropout,
    decay_in_adam,
    dropout_gain,
    dropout_uncertainty,
    dying_units,
    folding,
    initializer_pairings,
    max_norm,
    momentum_speed,
    negative_slopes,
    normalization_and_depth,
    normalization_cost,
    normalization_regularizes,
    normalization_statistics,
    optimizer_comparison,
    optimizer_paths,
    rate_range_test,
    record,
    schedules_as_printed,
    schedules_compared,
    self_normalization,
    signal_propagation,
    sparsity,
    stopping_early,
    symmetry,
    wrong_labels,
)
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.record import Record
from course_lib.claims.run import run
from course_lib.claims.show import Verdicts
from course_lib.claims.verdict import Outcome

__all__ = ["PROTOCOLS", "Claim", "Outcome", "Protocol", "Record", "get", "quick", "recorded", "run", "verdicts"]

PROTOCOLS: dict[str, Protocol] = {module.PROTOCOL.id: module.PROTOCOL for module in (
    signal_propagation, initializer_pairings, activation_ranking, negative_slopes, dying_units, activation_cost,
    self_normalization, symmetry, normalization_and_depth, normalization_cost, normalization_regularizes,
    normalization_statistics, folding, optimizer_comparison, optimizer_paths, accumulated_squares, momentum_speed,
    adaptive_generalization, decay_in_adam, rate_range_test, schedules_compared, schedules_as_printed,
    dropout_gain, dropout_uncertainty, alpha_dropout, max_norm, stopping_early, sparsity, wrong_labels)}


def get(name: str) -> Protocol:
    """The protocol with that id, such as "E03"; ValueError, with the known ones, for another."""
    return _checks.lookup("experiment", name, PROTOCOLS)


def recorded(name: str) -> Record:
    """The committed results of a protocol."""
    return record.load(get(name))


def quick(name: str, *claims: str) -> dict[str, Outcome]:
    """Run now, in this process, what is needed to see a protocol's verdicts: few seeds, the cells that the claims look
    at. claims: only these; without a name all but the timed and the close ones. Gives the outcome of each claim."""
    protocol = get(name)
    protocol = protocol.only(*claims) if claims else protocol
    again = protocol.quick()
    if claims and (left := [claim.name for claim in protocol.claims if claim not in again.claims]):
        raise ValueError(f"{name}: claim {left[0]!r} is timed or close, so its verdict is the committed one; see "
                         f"claims.recorded({name!r}).verdict({left[0]!r})")
    return again.decide(run(again))


def verdicts(name: str, *claims: str) -> Verdicts:
    """A table for a chapter: the named claims of a protocol, or all, with their committed verdicts."""
    protocol = get(name)
    return Verdicts(protocol.only(*claims) if claims else protocol, recorded(name))
