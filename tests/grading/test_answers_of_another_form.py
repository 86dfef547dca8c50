"""Answers that are not of the form asked for, and wrong ones that no exercise has a name for: a sentence for each."""

import pytest

DENSE = "import numpy as np\n\ndef dense_forward(X, W, b, act):\n    Z = X @ W + b\n" \
        "    A = {'identity': Z, 'sigmoid': 0.5 + 0.5 * np.tanh(Z / 2), 'tanh': np.tanh(Z),\n" \
        "         'relu': np.maximum(Z, 0)}[act]\n"
BATCHES = "import numpy as np\n\ndef minibatches(m, batch, rng):\n    rows = rng.permutation(m)\n" \
          "    split = [rows[i:i + batch] for i in range(0, m, batch)]\n"
DRAWS = "import numpy as np\n\ndef truncated_normal_init(rng, shape, std):\n    w = rng.normal(0, 1, shape)\n" \
        "    while (far := np.abs(w) > 2).any():\n        w[far] = rng.normal(0, 1, far.sum())\n" \
        "    w *= std / 0.87962566103423978\n"
RUN = "def repaired_run(width, depth):\n" \
      "    hidden = {'layer': 'Dense', 'units': width, 'activation': 'relu', 'kernel_initializer': 'he_normal'}\n" \
      "    first, last = {'layer': 'Dense', 'units': width}, {'layer': 'Dense', 'units': 10}\n" \
      "    run = {'layers': [first, *[hidden] * depth, last],\n" \
      "           'learning_rate': 0.05, 'batch_size': 32, 'epochs': 1, 'training_at_prediction': False}\n"


@pytest.mark.parametrize("name, start, end, words", [
    ("minibatches", BATCHES, "return 3", "a value of type int"),
    ("minibatches", BATCHES, "return [part / 1 for part in split]", "list of: float64 ("),
    ("minibatches", BATCHES, "return [rows.reshape(1, -1)]", "(1, "),
    ("minibatches", BATCHES, "return [rows[1:], rows[:0] + 0] if m < 2 else [rows[1:]]", "Some rows are missing."),
    ("truncated_normal_init", DRAWS, "return w.astype(int)", "The result is not an array of floats."),
    ("truncated_normal_init", DRAWS, "return np.where((w < 0) & (rng.random(shape) < 0.2), -w, w)",
     "The mean of the draws is not 0."),
    ("repaired_run", RUN, "return [run]", "a run is a dict with the keys layers, learning_rate"),
    ("repaired_run", RUN, "return {**run, 'layers': []}", "layers is a list of dicts"),
    ("repaired_run", RUN, "run['layers'][0] = {'layer': 'Conv2D'}\n    return run",
     "each layer is a dict with the key layer: Dense, BatchNormalization, Activation"),
    ("repaired_run", RUN, "return {**run, 'epochs': 1.5}", "epochs is a whole number above 0"),
    ("repaired_run", RUN, "return {**run, 'learning_rate': 'small'}", "learning_rate is a number above 0"),
    ("repaired_run", RUN, "return {**run, 'training_at_prediction': 1}", "training_at_prediction is True or False"),
    ("dead_unit_question", "def dead_unit_question():\n", "return 'e'", "Return one of 'a', 'b'"),
], ids=lambda text: text[-30:])
def test_a_form_that_was_not_asked_for(verdict, name, start, end, words):
    result = verdict(f"{start}    {end}", name)
    assert (result.verdict, result.misconception) == ("failed", None) and words in result.text(), result.text()


@pytest.mark.parametrize("change, words", [
    ("'units': 'many'", "Dense: units must be"), ("'activation': [1, 2]", "Dense: unknown activation"),
    ("'kernel_initializer': {1: object}", "numbers, texts, lists and dicts"),
])
def test_a_run_that_cannot_be_built_says_what_its_layer_says(change, words):
    from course_lib.grading.specs.ch06_batch_normalization import runs

    run = {"layers": [eval("{'layer': 'Dense', 'units': 10, " + change + "}")], "learning_rate": 0.1, "batch_size": 32,
           "epochs": 1, "training_at_prediction": False}
    runs.require_run(run)
    with pytest.raises(runs.Unusable, match=words):
        runs.measured(run)


@pytest.mark.parametrize("end, misconception", [
    ("A.T", "transposed"), ("-A", "opposite-sign"), ("3 * A", "constant-factor"), ("0 * A", None),
    ("A * np.inf", None), ("A[:, :1]", None)])
def test_what_is_wrong_in_the_same_way_in_every_case_is_named(verdict, end, misconception):
    result = verdict(f"{DENSE}    return {end}, None", "dense_forward")
    assert (result.verdict, result.misconception) == ("failed", misconception), result.text()


def test_a_result_of_several_parts_with_one_factor(verdict):
    code = DENSE + "    return A, (X, W, A, act)\n\ndef dense_backward(dA, cache):\n    X, W, A, act = cache\n" \
        "    dZ = dA * {'identity': 1, 'sigmoid': A * (1 - A), 'tanh': 1 - A * A, 'relu': A > 0}[act]\n" \
        "    return dZ @ W.T, X.T @ dZ, dZ.sum(0)\n"
    assert verdict(code, "dense_backward").verdict == "passed"
    assert verdict(code.replace("return dZ @ W.T, X.T @ dZ, dZ", "return -dZ @ W.T, -X.T @ dZ, -dZ"),
                   "dense_backward").misconception == "opposite-sign"


def test_an_answer_that_was_begun_is_not_attempted(verdict):
    code = "def output_delta(A, Y, loss, act):\n    m = len(A)\n    raise NotImplementedError"
    result = verdict(code, "output_delta")
    assert (result.verdict, result.message) == ("not attempted", "The function still raises NotImplementedError.")


def test_a_function_may_look_whether_it_can_print(verdict):
    code = DENSE + "    import sys\n    assert sys.stdout.writable()\n    return A, None"
    assert verdict(code, "dense_forward").verdict == "passed"


def test_a_result_without_its_cache_is_graded_as_it_is(verdict):
    result = verdict(DENSE + "    return A", "dense_forward")
    assert (result.verdict, result.misconception) == ("failed", None) and "tuple" in result.text(), result.text()
