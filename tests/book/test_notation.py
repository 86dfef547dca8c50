"""The notation page is true: each expression in its column "In code" works and has the shape it says."""

import re
from pathlib import Path

import numpy as np
import pytest

from course_lib import Input, Sequential, losses, optimizers
from course_lib.layers import BatchNormalization, Dense

PAGE = Path(__file__).resolve().parents[2] / "book" / "notation.md"
M, N_IN, N_OUT = 5, 4, 3


def rows() -> list[dict[str, str]]:
    """The rows of all tables with a column "In code"."""
    found: list[dict[str, str]] = []
    head: list[str] = []
    for line in PAGE.read_text("utf-8").splitlines():
        if not line.startswith("|"):
            head = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not head:
            head = cells
        elif "In code" in head and not cells[0].startswith(":"):
            found.append(dict(zip(head, cells, strict=True)))
    return found


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


CASES = [(row["Symbol"], code, row.get("Shape", "")) for row in rows() for code in codes(row["In code"])]


@pytest.fixture(scope="module")
def names() -> dict[str, object]:
    """A layer after a forward and a backward pass, with what belongs to it under the page's names."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(M, N_IN)), rng.normal(size=(M, N_OUT))
    model = Sequential([Input((N_IN,)), Dense(N_OUT, activation="tanh")], seed=0, dtype="float64")
    layer, loss = model.layers[-1], losses.get("mse")
    da = loss.gradient(y, layer.forward(x))
    dx = layer.backward(da)
    dz = da * layer.activation.derivative(layer.z)
    params = np.concatenate([layer.kernel.ravel(), layer.bias])
    grads = np.concatenate([layer.dkernel.ravel(), layer.dbias])
    normalization = BatchNormalization(dtype="float64")
    normalization.build(x.shape)
    normalization.forward(x, training=True)
    return {"np": np, "x": x, "y": y, "normalization": normalization,
            "model": model, "layer": layer, "loss": loss, "da": da, "dz": dz, "dx": dx,
            "params": params, "grads": grads, "optimizer": optimizers.get("sgd"),
            "m": M, "n_in": N_IN, "n_out": N_OUT, "n_params": N_IN * N_OUT + N_OUT}


def test_the_page_has_its_tables():
    symbols = {symbol for symbol, _, _ in CASES}
    assert {"$m$", r"$\eta$", "$J$", "$XW$"} <= symbols
    assert len(CASES) > 20


@pytest.mark.parametrize(("symbol", "code", "shape"), CASES, ids=[code for _, code, _ in CASES])
def test_each_expression_works_and_has_its_shape(symbol, code, shape, names):
    value = eval(code, dict(names))
    if shape:
        assert np.shape(value) == eval(shape.strip("`"), dict(names)), (symbol, code)


def test_local_names_are_those_of_the_library():
    used = {*Dense.backward.__code__.co_varnames, *Dense.backward_from_logits.__code__.co_varnames}
    assert {"da", "dz", "dx"} <= used
    assert {"params", "grads"} <= set(optimizers.Optimizer.update.__code__.co_varnames)
