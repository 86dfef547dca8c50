"""The graders, tested by mutation: every known mistake fails and is named, every right way passes."""

import inspect
import re

import numpy as np
import pytest

from course_lib.grading import judges, specs
from course_lib.grading.diagnose import GENERAL
from course_lib.grading.grade import Here, grade
from course_lib.grading.spec import Misconception, Question

from .conftest import SEEDS

EXERCISES = list(specs.exercises().values())
every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
every_mistake = pytest.mark.parametrize(
    "exercise, mistake, wrong",
    [pytest.param(exercise, mistake, wrong, id=f"{exercise.name}-{mistake.name}-{i}")
     for exercise in EXERCISES for mistake in exercise.misconceptions for i, wrong in enumerate(mistake.wrong)])

# Pairs of mistakes that are the same function in an exercise; none so far.
SAME: dict[str, set[frozenset[str]]] = {}


def report(exercise, function, seed):
    return grade(exercise, Here(function), seed)


@every_exercise
def test_solution_and_variants_pass(exercise):
    for seed in range(SEEDS):
        for function in (exercise.solution, *exercise.variants):
            result = report(exercise, function, seed)
            assert result.passed and result.points == exercise.points, (seed, function, result.text())
            assert result.misconception is None


@every_mistake
def test_a_mistake_fails_and_is_named(exercise, mistake, wrong):
    for seed in range(SEEDS):
        result = report(exercise, wrong, seed)
        assert (result.verdict, result.points, result.misconception) == ("failed", 0.0, mistake.name), (
            seed, result.text())
        assert result.message == mistake.message


@every_mistake
def test_a_mistake_is_told_apart_from_all_others(exercise, mistake, wrong):
    cases = exercise.make_cases(0)
    outcomes = [judges.run_spec(exercise, wrong, case) for case in cases]
    explaining = {
        other.name for other in exercise.misconceptions for implementation in other.wrong
        if all(exercise.judge.explains(exercise, implementation, case, outcome, True)
               for case, outcome in zip(cases, outcomes, strict=True))}
    for other in explaining - {mistake.name}:
        assert frozenset({mistake.name, other}) in SAME.get(exercise.name, ())


@every_exercise
def test_the_reference_is_independent_of_the_solution_and_agrees(exercise):
    """Of a random answer only the properties can agree."""
    assert exercise.solution not in (exercise.reference, *exercise.variants)
    for seed in range(SEEDS):
        for case in exercise.make_cases(seed):
            expected = judges.EQUAL.expected(exercise, case)
            answer = judges.run_spec(exercise, exercise.solution, case)
            if isinstance(exercise.judge, judges.Properties):
                assert exercise.judge.fault(exercise, case, expected) is None
            elif not isinstance(exercise.judge, judges.AnyOrder):
                assert judges.Equal().fault(exercise, case, answer.value) is None or isinstance(exercise, Question)


@pytest.mark.parametrize("exercise",
                         [item for item in EXERCISES if {"X", "A", "x", "theta", "z"} & set(item.input_names)],
                         ids=lambda exercise: exercise.name)
def test_arguments_that_are_changed_are_seen(exercise):
    def changes(*arguments):
        returned = exercise.solution(*arguments)
        for part in flat(arguments):
            if isinstance(part, np.ndarray) and part.size:
                np.add(part, 1, out=part) if part.dtype != bool else np.logical_not(part, out=part)
        return returned

    changes.__signature__ = inspect.signature(exercise.solution)
    result = grade(exercise, Here(with_globals(changes, exercise.solution)))
    assert (result.verdict, result.misconception) == ("failed", "mutates-input"), result.text()


def with_globals(function, other):
    """The driver of an exercise may look for a companion where the function lives."""
    function.__wrapped__ = other
    return function


def flat(value):
    if isinstance(value, tuple | list):
        for item in value:
            yield from flat(item)
    elif isinstance(value, dict):
        yield from flat(list(value.values()))
    else:
        yield value


@every_exercise
def test_cases_are_the_same_for_the_same_seed_and_differ_between_seeds(exercise):
    wires = [[case.wire for case in exercise.make_cases(seed)] for seed in (0, 0, 1)]
    assert wires[0] == wires[1]
    assert wires[0] != wires[2] or isinstance(exercise, Question)


@every_exercise
def test_cases_have_square_and_other_shapes_and_both_dtypes_where_it_matters(exercise):
    arrays = [part for case in exercise.make_cases() for part in flat(case.arguments) if isinstance(part, np.ndarray)]
    if exercise.name in ("dense_forward", "dense_backward", "backprop_mlp", "forward_variances", "vanishing_ratio",
                         "bn_train", "bn_infer", "fold_bn", "l1_l2", "max_norm"):
        kernels = [array for array in arrays if array.ndim == 2]
        assert any(k.shape[0] == k.shape[1] > 1 for k in kernels) and any(k.shape[0] != k.shape[1] for k in kernels)
        assert {array.dtype.name for array in arrays} >= {"float32", "float64"}


@every_exercise
def test_the_spec_is_complete(exercise):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", exercise.name) and exercise.solution.__name__ == exercise.name
    assert exercise.level in (1, 2, 3) and exercise.minutes > 0 and exercise.points > 0 and exercise.prompt.strip()
    assert len(exercise.misconceptions) >= 3 and exercise.variants
    assert len({mistake.name for mistake in exercise.misconceptions}) == len(exercise.misconceptions)
    assert not {mistake.name for mistake in exercise.misconceptions} & set(GENERAL)
    if not isinstance(exercise, Question):
        assert exercise.hints and set(exercise.arguments) == set(inspect.signature(exercise.solution).parameters)
    else:
        assert exercise.explanation


@pytest.mark.parametrize("mistake", [pytest.param(mistake, id=f"{exercise.name}-{mistake.name}")
                                     for exercise in EXERCISES for mistake in exercise.misconceptions])
def test_messages_are_short_and_whole(mistake: Misconception):
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", mistake.name)
    assert 1 <= len(re.findall(r"[.?!](?= |$)", mistake.message)) <= 3 and mistake.message[-1] in ".?!"
    assert len(mistake.message) < 260 and "$" not in mistake.message


def test_every_spec_is_in_one_chapter_and_about_half_are_core():
    names = [exercise.name for chapter in specs.chapters() for exercise in chapter.exercises]
    assert len(set(names)) == len(names)
    for chapter in specs.chapters():
        assert all(exercise.chapter == chapter.name for exercise in chapter.exercises)
        assert 0.3 <= sum(exercise.core for exercise in chapter.exercises) / len(chapter.exercises) <= 0.7


def test_the_mistakes_of_the_curriculum_are_there():
    wanted = {
        "dense_forward": {"no-bias", "act-before-bias"},
        "dense_backward": {"missing-transpose", "no-activation-derivative", "derivative-at-a-instead-of-z",
                           "mean-twice", "db-not-summed"},
        "output_delta": {"y-minus-a", "extra-derivative", "no-1-over-m"},
        "backprop_mlp": {"missing-transpose", "no-activation-derivative", "derivative-at-a-instead-of-z", "mean-twice",
                         "db-not-summed", "y-minus-a", "extra-derivative", "no-1-over-m", "bias-column-kept",
                         "stale-weights"},
        "backprop_with_bias_column": {"bias-leaks-into-delta", "1x3-matrix"},
        "grad_check": {"one-sided", "absolute-only"},
        "minibatches": {"same-order-every-epoch", "drops-last", "with-replacement"},
        "sgd_epoch": {"ascends", "accumulates-gradients", "divides-by-m-not-batch"},
        "fans": {"swapped", "ignores-receptive-field"},
        "init_std": {"variance-returned", "fan-out-for-he", "he-average", "glorot-1-over-fan-in"},
        "uniform_bound": {"bound-equals-std", "sqrt-6"},
        "truncated_normal_init": {"uncorrected-truncation", "clips-instead-of-resampling"},
        "forward_variances": {"uses-std", "var-over-features-only"},
        "predict_var_z": {"zero-mean-assumed"},
        "required_std": {"sqrt2-for-all", "glorot-for-all"},
        "vanishing_ratio": {"forgets-derivative", "forgets-transpose", "ratio-inverted"},
        "sigmoid_and_grad": {"grad-of-z"},
        "tanh_grad": {"one-plus", "half-angle", "nan-large-z"},
        "leaky_relu_and_grad": {"max-form", "alpha-on-positive"},
        "prelu": {"alpha-fixed", "dalpha-not-summed", "dalpha-uses-abs-z"},
        "elu_and_grad": {"grad-lacks-alpha", "exp-overflow", "alpha-inside-exp"},
        "selu_and_grad": {"lambda-on-one-branch", "elu-constants", "swapped-constants"},
        "silu_and_grad": {"product-rule-missing-term", "phi-times-1-minus-phi", "relu-like"},
        "rrelu": {"random-at-test", "inverse-average"},
        "softplus": {"infinite-for-large-z"},
        "bn_train": {"unbiased-variance", "normalises-rows", "eps-outside", "pytorch-momentum", "stats-not-updated",
                     "std-for-var"},
        "bn_infer": {"uses-batch-stats", "forgets-gamma-beta"},
        "bn_backward": {"constant-statistics", "gamma-missing", "mean-for-sum"},
        "fold_bn": {"scales-rows", "bias-not-scaled", "wrong-eps"},
        "bn_folding_question": {"folds-through-relu"},
        "bn_param_count": {"all-trainable"},
        "repaired_run": {"initializer-does-not-fit", "dead-units",
                         "predicts-with-batch-statistics", "statistics-not-settled"},
        "momentum_step": {"ema-scaled", "two-gradients", "ascends", "eta-twice"},
        "nesterov_step": {"looks-behind", "gradient-lookahead", "plain-momentum", "keras-phi-returned"},
        "nesterov_keras_step": {"plain-momentum", "theta-returned"},
        "adagrad_step": {"plus-sign", "decayed", "no-square-root", "eps-outside", "s-not-squared"},
        "rmsprop_step": {"minus-sign-nan", "accumulated-sum", "dot-product", "rho-swapped", "bias-corrected"},
        "adadelta_step": {"gradient-numerator", "uses-new-u", "needs-eta"},
        "adam_step": {"no-bias-correction", "t-off-by-one", "ascends-plus-plus", "ascends-minus-minus", "eps-inside",
                      "betas-swapped", "epoch-counter"},
        "adamax_step": {"no-abs", "keeps-sqrt", "corrects-u", "no-m-correction"},
        "nadam_step": {"plain-adam", "t-not-t-plus-1", "pytorch-psi"},
        "adamw_step": {"l2-in-gradient", "factor-wd-without-eta", "decay-after-with-new-theta"},
        "optimizer_path": {"rows-are-one-array", "off-by-one"},
        "l1_l2": {"half-l2", "root-norm", "includes-bias"},
        "prox_l1": {"hard-threshold", "sign-lost", "overshoots-zero"},
        "dropout": {"divides-by-p", "no-scaling", "scales-at-test-too", "drops-with-prob-1-minus-p"},
        "dropout_backward": {"fresh-mask", "unscaled"},
        "alpha_dropout": {"zeros-not-alpha", "no-affine", "a-without-rate", "divides-by-keep"},
        "mc_predict": {"averages-logits", "majority-vote", "dropout-off"},
        "max_norm": {"rows", "always-rescales", "whole-matrix", "squared-norm"},
        "magnitude_prune": {"per-layer", "signed-order", "prunes-largest"},
        "quantize_int8": {"per-tensor", "truncates", "zero-column-nan"},
    }
    for name, mistakes in wanted.items():
        assert mistakes <= {mistake.name for mistake in specs.get(name).misconceptions}, name


@pytest.mark.parametrize("name, words", [
    ("Dense_Forward", "Did you mean `dense_forward`"), ("dense_foward", "`dense_forward`"),
    ("dense_forwards", "`dense_forward`"), ("xyzzy", "The exercises are: dense_forward,"),
])
def test_an_unknown_name_lists_the_known_ones(name, words):
    with pytest.raises(specs.UnknownExercise, match=words):
        specs.get(name)
