"""E41: Monte Carlo dropout: accuracy, loss and calibration of averaged predictions; doubt about what is no digit."""

import numpy as np

from course_lib import mc_dropout
from course_lib.claims.parts import digits_rows, two_hidden_layers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Within

BINS = 10


def calibration_error(p, y):
    """Mean distance between stated probability and share of right answers, over bins of the stated probability.

    p (m, k): probabilities; y: labels. Each bin counts by its number of rows.
    """
    stated, right = p.max(axis=1), p.argmax(axis=1) == y
    places = np.minimum((stated * BINS).astype(int), BINS - 1)
    return float(sum(abs(np.sum(stated[places == b] - right[places == b])) for b in range(BINS)) / len(y))


def judged(name, p, y):
    """Accuracy, mean cross-entropy and calibration error of the probabilities p (m, k), under that name."""
    return {"accuracy_" + name: float(np.mean(p.argmax(axis=1) == y)),
            "loss_" + name: float(-np.mean(np.log(np.maximum(p[np.arange(len(y)), y], FLOOR)))),
            "calibration_" + name: calibration_error(p, y)}


FLOOR = 1e-7                                # as in Keras's cross-entropy
SURE = 0.9


def measure(cell, seed, settings):
    """Train 64-200-200-10 with dropout; the test digits predicted without it, by one pass with it, and by many.

    sure: the share of images that get a probability above 0.9 for some digit, though their pixels are shuffled.
    """
    train, _, (x, y) = digits_rows(cell["rows"], seed)
    model = two_hidden_layers(settings["width"], seed, cell["rate"])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],   # type: ignore[misc]
              verbose=0)
    p = mc_dropout.predict(model, x, settings["samples"], seed=seed)
    noise = np.random.default_rng(seed).permuted(x, axis=1)
    return {**judged("plain", model.predict(x), y), **judged("single", p[0], y),
            **judged("ten", p[:10].mean(axis=0), y), **judged("mc", p.mean(axis=0), y),
            "sure_plain": float(np.mean(model.predict(noise).max(axis=1) > SURE)),
            "sure_mc": float(np.mean(mc_dropout.predict(model, noise, settings["samples"], seed=seed)
                                     .mean(axis=0).max(axis=1) > SURE))}


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
)

PROTOCOL = Protocol(
    id="E41", title="Monte Carlo dropout", data="digits",
    settings={"width": 200, "batch_size": 32, "epochs": 100, "samples": 100},
    cells=tuple({"rate": rate, "rows": rows} for rows in ROWS for rate in RATES),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=3)
