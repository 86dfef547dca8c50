"""E41: Monte Carlo dropout: accuracy, loss and calibration of averaged predictions; doubt about what is no digit."""

import numpy as np

from course_lib import mc_dropout
from course_lib.claims.parts import digits_rows, two_hidden_layers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Within

BINS = 10
FLOOR = 1e-7                                # as in Keras's cross-entropy
SURE = 0.9


def calibration_error(p, y):
    """Mean distance between stated probability and share of right answers, over bins of the stated probability.

    p (m, k): probabilities; y: labels. Each bin counts by its number of rows.
    """
    stated, right = p.max(axis=1), p.argmax(axis=1) == y
    places = np.minimum((stated * BINS).astype(int), BINS - 1)
    return float(sum(abs(np.sum(stated[places == b] - right[places == b])) for b in range(BINS)) / len(y))


def ranked_above(high, low):
    """How often a number of the first list exceeds one of the second, over all pairs; a tie counts half."""
    pairs = np.subtract.outer(np.asarray(high, dtype=np.float64), np.asarray(low, dtype=np.float64))
    return float(np.mean(pairs > 0) + np.mean(pairs == 0) / 2)


def judged(name, p, y):
    """Of the probabilities p (m, k), under that name: accuracy, mean cross-entropy, calibration error, the mean
    probability of the answers, and the share of the answers above 0.9."""
    return {"accuracy_" + name: float(np.mean(p.argmax(axis=1) == y)),
            "stated_" + name: float(p.max(axis=1).mean()),
            "sure_digits_" + name: float(np.mean(p.max(axis=1) > SURE)),
            "loss_" + name: float(-np.mean(np.log(np.maximum(p[np.arange(len(y)), y], FLOOR)))),
            "calibration_" + name: calibration_error(p, y)}


def trust(plain, passes):
    """Three measures of trust in the answers of plain (m, k): their probability there, its mean over the passes
    (T, m, k), and minus its deviation over them."""
    answered = passes[:, np.arange(len(plain)), plain.argmax(axis=1)]
    return {"plain": plain.max(axis=1), "mc": answered.mean(axis=0), "spread": -answered.std(axis=0)}


def measure(cell, seed, settings):
    """Train 64-200-200-10 with dropout; the test digits predicted without it, by one pass with it, and by many.

    sure: the share of images that get a probability above 0.9 for some digit, though their pixels are shuffled.
    errors: how often a right answer of the network without dropout is ranked above a wrong one. digits: how often a
    test digit is ranked above a shuffled one. Both by the probability of the answer without dropout, by its mean over
    the passes, and by how little it varies over them.
    """
    train, _, (x, y) = digits_rows(cell["rows"], seed)
    model = two_hidden_layers(settings["width"], seed, cell["rate"])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],   # type: ignore[misc]
              verbose=0)
    noise = np.random.default_rng(seed).permuted(x, axis=1)
    plain, passes = model.predict(x), mc_dropout.predict(model, x, settings["samples"], seed=seed)
    noise_plain = model.predict(noise)
    noise_passes = mc_dropout.predict(model, noise, settings["samples"], seed=seed)
    digits, shuffled = trust(plain, passes), trust(noise_plain, noise_passes)
    right = plain.argmax(axis=1) == y
    return {**judged("plain", plain, y), **judged("single", passes[0], y),
            **judged("ten", passes[:10].mean(axis=0), y), **judged("mc", passes.mean(axis=0), y),
            "sure_plain": float(np.mean(noise_plain.max(axis=1) > SURE)),
            "sure_mc": float(np.mean(noise_passes.mean(axis=0).max(axis=1) > SURE)),
            **{"errors_" + name: ranked_above(t[right], t[~right]) for name, t in digits.items()},
            **{"digits_" + name: ranked_above(t, shuffled[name]) for name, t in digits.items()}}


def at(measure: str, rate: float, rows: int) -> Measured:
    return Measured(measure, rate=rate, rows=rows)


SOURCES = ("gal2016", "geron2022", "esparza2023")
RATES, ROWS = (0.3, 0.5, 0.7), (200, 1047)
BETTER = "The mean of 100 predictions with dropout switched on is better than one without"

CLAIMS = (
    *(Claim(f"accuracy-{rate}-{rows}", f"{BETTER}: a higher test accuracy at the rate {rate}, {rows:,} training "
                                       "images.",
            SOURCES, Greater(at("accuracy_mc", rate, rows), at("accuracy_plain", rate, rows)), close=True)
      for rate in (0.5,) for rows in ROWS),
    *(Claim(f"loss-{rate}-{rows}", f"{BETTER}: a lower cross-entropy at the rate {rate}, {rows:,} training images.",
            SOURCES, Greater(at("loss_plain", rate, rows), at("loss_mc", rate, rows)), close=rate != 0.7)
      for rate in RATES for rows in ROWS),
    *(Claim(f"calibration-{rate}-{rows}", f"{BETTER}: a smaller calibration error at the rate {rate}, {rows:,} "
            "training images.", SOURCES, Greater(at("calibration_plain", rate, rows), at("calibration_mc", rate, rows)),
            close=rate != 0.7) for rate in RATES for rows in ROWS),
    Claim("one-pass", "A single pass with dropout switched on is as accurate as one without, to within one percentage "
          "point: rate 0.5, 200 training images.", ("umass",),
          Greater(at("accuracy_single", 0.5, 200), at("accuracy_plain", 0.5, 200), by=-0.01)),
    Claim("doubts-noise", "Where the pixels are shuffled, so that no digit is left, fewer images get a probability "
          "above 0.9: rate 0.5, 200 training images.", SOURCES,
          Greater(at("sure_plain", 0.5, 200), at("sure_mc", 0.5, 200))),
    Claim("doubts-all-noise", "And hardly any of them does: at most one in twenty.", ("geron2022",),
          Within(at("sure_mc", 0.5, 200), high=0.05)),
    Claim("spares-digits", "The digits keep theirs: the share of them above 0.9 falls by at most one in twenty; rate "
          "0.5, 200 training images.", SOURCES,
          Greater(at("sure_digits_mc", 0.5, 200), at("sure_digits_plain", 0.5, 200), by=-0.05)),
    *(Claim(f"single-hesitates-{rate}", "Each pass is hesitant: the mean probability of the answers of a single one is "
            f"below the share of them that are right; rate {rate}, 200 training images.", SOURCES,
            Greater(at("accuracy_single", rate, 200), at("stated_single", rate, 200)), close=True) for rate in RATES),
    *(Claim(f"mean-too-low-{rate}-{rows}", "The mean of 100 passes is hesitant: the mean probability of its answers "
            f"is below the share of them that are right; rate {rate}, {rows:,} training images.", SOURCES,
            Greater(at("accuracy_mc", rate, rows), at("stated_mc", rate, rows)), close=rate == 0.3)
      for rate in RATES for rows in ROWS),
    *(Claim(f"spread-finds-errors-{rate}-{rows}", "The spread of 100 passes tells right answers from wrong ones better "
            f"than the probability of one pass without dropout; rate {rate}, {rows:,} training images.",
            ("gal2016", "geron2022"), Greater(at("errors_spread", rate, rows), at("errors_plain", rate, rows)),
            close=True) for rate in (0.3, 0.5) for rows in ROWS),
    *(Claim(f"mean-finds-errors-{rate}-{rows}", "The mean of 100 passes tells right answers from wrong ones better "
            f"than one pass without dropout; rate {rate}, {rows:,} training images.",
            ("gal2016", "geron2022"), Greater(at("errors_mc", rate, rows), at("errors_plain", rate, rows)),
            close=True) for rate in (0.3, 0.5) for rows in ROWS),
    *(Claim(f"{name}-finds-digits", f"The {words} of 100 passes tells digits from shuffled ones better than the "
            "probability of one pass without dropout; rate 0.5, 200 training images.", ("gal2016", "geron2022"),
            Greater(at("digits_" + name, 0.5, 200), at("digits_plain", 0.5, 200)), close=True)
      for name, words in (("mc", "mean"), ("spread", "spread"))),
)

PROTOCOL = Protocol(
    id="E41", title="Monte Carlo dropout", data="digits",
    settings={"width": 200, "batch_size": 32, "epochs": 100, "samples": 100},
    cells=tuple({"rate": rate, "rows": rows} for rows in ROWS for rate in RATES),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=3)
