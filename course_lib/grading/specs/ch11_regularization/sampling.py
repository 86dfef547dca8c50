"""Exercise 77: Monte Carlo dropout from given masks."""

import numpy as np

from ...cases import normal
from ...drivers import DroppedNetwork
from ...spec import Case, Exercise, Misconception
from ...values import Named

# --- what a good student writes


def mc_predict(forward, X, masks):
    samples = []
    for mask in masks:
        z = forward(X, mask)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        samples.append(e / e.sum(axis=1, keepdims=True))
    return np.mean(samples, axis=0), np.std(samples, axis=0)


# --- sums of probabilities and of their squares, one example at a time, as the independent reference


def reference(forward, X, masks):
    from course_lib import activations

    softmax = activations.get("softmax")
    passes = [softmax(forward(X.astype(np.float64), mask)) for mask in masks]
    mean = sum(passes) / len(masks)
    squares = sum(p ** 2 for p in passes) / len(masks)
    return mean, np.sqrt(np.maximum(squares - mean ** 2, 0))


# --- cases: logits far enough apart that their mean and that of the probabilities differ


def _case(rng, m, k, samples, rate, dtype=np.float64):
    n, units = 3, 6
    forward = Named(DroppedNetwork, (normal(rng, n, units), normal(rng, units, k, scale=1.5), rate))
    masks = rng.random((samples, m, units)) >= rate
    X = (normal(rng, m, n) * 1.5).astype(dtype)
    return Case((forward, X, masks), tolerance=None if dtype == np.float32 else 1e-6)


def cases(rng):
    yield _case(rng, 2, 3, 4, 0.3)
    yield _case(rng, 3, 3, 5, 0.4)
    yield _case(rng, 4, 3, 7, 0.25)
    yield _case(rng, 3, 4, 6, 0.6, np.float32)


# --- mistakes and other right ways


def _softmax(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _logits(forward, X, masks):
    return np.array([forward(X, mask) for mask in masks])


def _of(samples, summary=lambda s: (s.mean(axis=0), s.std(axis=0))):
    """summary of the samples (T, m, k) that ``samples(forward, X, masks)`` gives."""
    def wrong(forward, X, masks):
        return summary(samples(forward, X, masks))

    return wrong


def _probabilities(forward, X, masks):
    return _softmax(_logits(forward, X, masks))


def _votes(forward, X, masks):
    z = _logits(forward, X, masks)
    return np.eye(z.shape[-1])[z.argmax(axis=-1)]


def _inference(forward, X, masks):
    return _softmax(np.array([forward(X, None) for _ in masks]))


def _first_only(forward, X, masks):
    return _softmax(np.array([forward(X, masks[0]) for _ in masks]))


def averages_logits(forward, X, masks):
    z = _logits(forward, X, masks)
    return _softmax(z.mean(axis=0)), z.std(axis=0)


def averages_logits_only(forward, X, masks):
    z = _logits(forward, X, masks)
    return _softmax(z.mean(axis=0)), _softmax(z).std(axis=0)


def votes_with_right_spread(forward, X, masks):
    return _votes(forward, X, masks).mean(axis=0), _probabilities(forward, X, masks).std(axis=0)


def predicts_without_dropout(forward, X, masks):
    return _softmax(forward(X, None)), _probabilities(forward, X, masks).std(axis=0)


def one_pass_over_classes(forward, X, masks):
    p = _softmax(forward(X, masks[0]))
    return p, np.std(p, axis=1)


def right_by_concatenating(forward, X, masks):
    p = np.stack([_softmax(forward(X, masks[t])) for t in range(len(masks))], axis=-1)
    return p.mean(axis=-1), np.sqrt(p.var(axis=-1))


def right_without_shift(forward, X, masks):
    e = np.exp(_logits(forward, X, masks))
    p = e / np.sum(e, axis=2)[:, :, None]
    mean = sum(p) / len(p)
    return mean, np.sqrt(sum((p - mean) ** 2) / len(p))


MC_PREDICT = Exercise(
    name="mc_predict", number=77, chapter="11_regularization", core=True, level=2, minutes=15, points=3,
    title="Monte Carlo dropout",
    prompt=r"""
`forward(X, mask)` sends a batch through a trained network with dropout switched on, with this mask, and returns the
*logits*, the outputs before the softmax. (`forward(X, None)` would be the network at inference.) Call it once for each
of the $T$ masks and return, for every example and class, the mean of the $T$ *probabilities* and their standard
deviation, which divides by $T$:

$$\bar p = \frac1T \sum_{t=1}^T \operatorname{softmax}(f(x; r_t)), \qquad
s = \sqrt{\frac1T \sum_{t=1}^T (p_t - \bar p)^2}.$$
""",
    arguments={"forward": "function of X and a mask that returns (m, k) logits", "X": "(m, n) float array",
               "masks": "(T, m, h) bool array, for each pass one mask of the h units that may be dropped"},
    returns="(mean, std): two (m, k) float arrays", outputs=("mean", "std"),
    hints=("Collect the probabilities of all passes first: T arrays of shape (m, k).",
           "The softmax is taken for each example over its classes, in each pass, before anything is averaged.",
           "Mean and deviation run over the passes."),
    solution=mc_predict, reference=reference, cases=cases, variants=(right_by_concatenating, right_without_shift),
    misconceptions=(
        Misconception("averages-logits", "The logits are averaged, and the softmax comes afterwards. Average the "
                      "probabilities: a pass that is sure and wrong must not outweigh the others.",
                      (averages_logits, averages_logits_only)),
        Misconception("majority-vote", "Each pass gives its vote to one class. Average the probabilities themselves; a "
                      "vote forgets how sure a pass was.", (_of(_votes), votes_with_right_spread)),
        Misconception("dropout-off", "The masks are not used. With dropout switched off all passes are the same.",
                      (_of(_inference), predicts_without_dropout)),
        Misconception("one-mask", "Only one mask is used. Each pass needs its own.",
                      (_of(_first_only), one_pass_over_classes)),
        Misconception("no-softmax", "These are mean and deviation of the logits. Turn the logits of each pass into "
                      "probabilities first.", (_of(_logits),)),
        Misconception("softmax-over-examples", "The softmax runs over the examples. It runs over the classes of one "
                      "example.", (_of(lambda f, X, masks: _softmax(_logits(f, X, masks), axis=1)),
                                   _of(lambda f, X, masks: _softmax(_logits(f, X, masks), axis=0)))),
        Misconception("not-over-passes", "Mean and deviation run over the examples or the classes. They run over the "
                      "passes.", (_of(_probabilities, lambda s: (s.mean(axis=1), s.std(axis=1))),
                                  _of(_probabilities, lambda s: (s.mean(axis=2), s.std(axis=2))),
                                  _of(_probabilities, lambda s: (s.mean(axis=0), s.mean(axis=0).std(axis=1))))),
        Misconception("sample-deviation", "The deviation divides by T - 1. Here it divides by T.",
                      (_of(_probabilities, lambda s: (s.mean(axis=0), s.std(axis=0, ddof=1))),)),
        Misconception("variance-for-deviation", "The variance is returned. Its root was asked for.",
                      (_of(_probabilities, lambda s: (s.mean(axis=0), s.var(axis=0))),)),
        Misconception("standard-error", "The deviation is divided by the root of T. That is how sure the mean is; "
                      "asked for is how far the passes are apart, which does not shrink with more of them.",
                      (_of(_probabilities, lambda s: (s.mean(axis=0), s.std(axis=0) / np.sqrt(len(s)))),)),
    ),
)
