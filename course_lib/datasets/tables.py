"""Three small real tables, part of the package (see TABLES.md): scikit-learn's names, arguments and numbers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

_MEASURED = ("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points",
             "symmetry", "fractal dimension")
BREAST_CANCER = tuple(text.format(name) for text in ("mean {}", "{} error", "worst {}") for name in _MEASURED)
WINE = ("alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
        "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines", "proline")
DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


@dataclass(frozen=True)
class Table:
    """data (m, n) float64; target (m,), int64 classes or float64 values; the names of columns and classes."""

    data: np.ndarray
    target: np.ndarray
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...] = ()


def load_breast_cancer(return_X_y: bool = False) -> Table | tuple[np.ndarray, np.ndarray]:
    """Breast cancer Wisconsin: 569 tumours, 30 measures of their cell nuclei; 0 is malignant (212), 1 benign (357).

    return_X_y: True gives (data, target) instead of the ``Table``.
    """
    return _as_asked(Table(*_read("breast_cancer"), BREAST_CANCER, ("malignant", "benign")), return_X_y)


def load_wine(return_X_y: bool = False) -> Table | tuple[np.ndarray, np.ndarray]:
    """Wine: 178 wines of three growers (59, 71, 48), 13 chemical measures on very different scales.

    return_X_y: True gives (data, target) instead of the ``Table``.
    """
    return _as_asked(Table(*_read("wine"), WINE, ("class_0", "class_1", "class_2")), return_X_y)


def load_diabetes(return_X_y: bool = False, scaled: bool = True) -> Table | tuple[np.ndarray, np.ndarray]:
    """Diabetes, for regression: 442 patients, 10 measures; the target, 25 to 346, is the disease's progress in a year.

    return_X_y: True gives (data, target) instead of the ``Table``. scaled: each column centred and divided by its norm,
    so that the sum of its squares is 1, over all rows; False gives the measures as they are.
    """
    data, target = _read("diabetes")
    if scaled:
        data -= data.mean(axis=0)
        data /= np.sqrt((data ** 2).sum(axis=0))
    return _as_asked(Table(data, target.astype(np.float64), DIABETES), return_X_y)


def _read(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The files hold whole numbers and where each column's decimal point stands; their quotient is exact."""
    with np.load(Path(__file__).with_name(f"{name}.npz"), allow_pickle=False) as file:
        data = file["data"].T / 10.0 ** file["decimals"]
        return np.ascontiguousarray(data), file["target"].astype(np.int64)


def _as_asked(table: Table, return_X_y: bool) -> Table | tuple[np.ndarray, np.ndarray]:
    return (table.data, table.target) if return_X_y else table
