"""The three bundled tables, number by number against scikit-learn's."""

import numpy as np
import pytest

from course_lib import datasets

LOADERS = {"breast_cancer": datasets.load_breast_cancer, "wine": datasets.load_wine, "diabetes": datasets.load_diabetes}


@pytest.fixture(params=LOADERS)
def both(request):
    """(ours, scikit-learn's), by the same name."""
    import sklearn.datasets
    return LOADERS[request.param](), getattr(sklearn.datasets, f"load_{request.param}")()


def test_equal_scikit_learn_s(both):
    ours, theirs = both
    np.testing.assert_allclose(ours.data, theirs.data, rtol=0, atol=1e-16 if ours.target_names == () else 0)
    np.testing.assert_array_equal(ours.target, theirs.target)
    assert (ours.data.dtype, ours.target.dtype) == (theirs.data.dtype, theirs.target.dtype)
    assert list(ours.feature_names) == list(theirs.feature_names)
    assert list(ours.target_names) == list(theirs.get("target_names", []))
    assert ours.data.flags.c_contiguous


def test_diabetes_as_measured():
    import sklearn.datasets
    ours, theirs = datasets.load_diabetes(scaled=False), sklearn.datasets.load_diabetes(scaled=False)
    np.testing.assert_array_equal(ours.data, theirs.data)
    np.testing.assert_allclose((datasets.load_diabetes().data ** 2).sum(axis=0), 1)


@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS)
def test_pair_and_copies(load):
    x, y = load(return_X_y=True)
    np.testing.assert_array_equal(x, load().data)
    np.testing.assert_array_equal(y, load().target)
    x[...] = 0
    y[...] = 0
    assert load().data.any()
    assert load().target.any()
