"""Real and generated data. All but Fashion-MNIST needs no download: it is part of the package."""

from course_lib.datasets import digits, fashion_mnist, toy
from course_lib.datasets.idx import idx_pairs, load_idx
from course_lib.datasets.splitting import (
    Splits,
    StandardScaler,
    split_dataset,
    standardize,
    train_validation_test_split,
)
from course_lib.datasets.tables import Table, load_breast_cancer, load_diabetes, load_wine

__all__ = ["Splits", "StandardScaler", "Table", "digits", "fashion_mnist", "idx_pairs", "load_breast_cancer",
           "load_diabetes", "load_idx", "load_wine", "split_dataset", "standardize", "toy",
           "train_validation_test_split"]
