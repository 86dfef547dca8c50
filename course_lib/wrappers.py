"""Models as scikit-learn estimators, for its searches, pipelines and scores: Keras's ``keras.wrappers``."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils.multiclass import check_classification_targets, type_of_target
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError('the wrappers need scikit-learn: pip install "course_lib[student]"') from error

from course_lib import _checks
from course_lib.callbacks import History
from course_lib.model import Sequential
from course_lib.models import clone_model


class SKLBase(BaseEstimator):
    """What the wrappers share.

    model: a compiled Sequential, of which each ``fit`` trains a clone, or a function (X, y, **model_kwargs) that makes
    one; X and y are the data as the model will see them. warm_start: True trains on the model of the last ``fit``, or
    at first ``model`` itself. model_kwargs: further arguments of the function. fit_kwargs: those of ``Sequential.fit``,
    such as {"epochs": 20, "verbose": 0}.
    After ``fit``: model_, the trained model, and history_, what its ``fit`` returned.
    """

    def __init__(self, model: Sequential | Callable[..., Sequential], warm_start: bool = False,
                 model_kwargs: dict[str, Any] | None = None, fit_kwargs: dict[str, Any] | None = None):
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def fit(self, X: Any, y: Any, **kwargs: Any) -> "SKLBase":
        """Train on X (m, n_in) and y (m,) or (m, k). kwargs: as fit_kwargs, over which they win."""
        X, y = validate_data(self, X, y, multi_output=self.__sklearn_tags__().target_tags.multi_output)
        if type_of_target(y) == "unknown":
            raise ValueError(f"{type(self).__name__}: Unknown label type: {_checks.describe(y)}")
        y = self._encoded(y)
        model = self._model_for(X, y)
        self.history_: History = model.fit(X, y, **{**(self.fit_kwargs or {}), **kwargs})
        self.model_ = model
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags

    def __sklearn_clone__(self) -> "SKLBase":
        model = self.model if callable(self.model) and not isinstance(self.model, Sequential) \
            else copy.deepcopy(self.model)
        others = {name: copy.deepcopy(value) for name, value in self.get_params(deep=False).items() if name != "model"}
        return type(self)(model=model, **others)

    def _model_for(self, X: np.ndarray, y: np.ndarray) -> Sequential:
        where = type(self).__name__
        if self.warm_start and hasattr(self, "model_"):
            return self.model_
        if isinstance(self.model, Sequential):
            model = self.model if self.warm_start else clone_model(self.model)
        elif callable(self.model):
            model = self.model(X=X, y=y, **(self.model_kwargs or {}))
        else:
            raise TypeError(f"{where}: model must be a Sequential or a function that makes one, "
                            f"got {_checks.describe(self.model)}")
        if not isinstance(model, Sequential):
            raise TypeError(f"{where}: the function must return a Sequential, got {_checks.describe(model)}")
        if not model.compiled:
            raise ValueError(f"{where}: the model must be compiled")
        return model

    def _encoded(self, y: np.ndarray) -> np.ndarray:
        """The targets as the model sees them, (m, k)."""
        raise NotImplementedError  # abstract

    def _outputs(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "model_")
        return self.model_.predict(validate_data(self, X, reset=False))


class SKLearnClassifier(ClassifierMixin, SKLBase):
    """A model as a scikit-learn classifier.

    The model sees the labels one-hot, (m, classes), with two classes too: give it as many outputs, a softmax and
    "categorical_crossentropy". The arguments are those of ``SKLBase``; classes_ are the labels in order.
    """

    def predict(self, X: Any) -> np.ndarray:
        """The label with the largest output, (m,)."""
        best = np.argmax(self._outputs(X), axis=1)
        return self.classes_[best]

    def predict_proba(self, X: Any) -> np.ndarray:
        """The outputs (m, classes): probabilities, where the model ends in a softmax. (Ours.)"""
        return self._outputs(X)

    def decision_function(self, X: Any) -> np.ndarray:
        """The outputs (m, classes); with two classes their difference (m,), positive for the second, as scikit-learn
        has it (Keras gives both outputs)."""
        outputs = self._outputs(X)
        return outputs[:, 1] - outputs[:, 0] if len(self.classes_) == 2 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True          # of a model that nobody has chosen for the data
        return tags

    def _encoded(self, y):
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) == 1:
            raise ValueError("Classifier can't train when only one class is present.")
        return (y[:, None] == self.classes_).astype(np.float64)


class SKLearnRegressor(RegressorMixin, SKLBase):
    """A model as a scikit-learn regressor. The arguments are those of ``SKLBase``; the model sees y as (m, k)."""

    def predict(self, X: Any) -> np.ndarray:
        """The outputs, float64, (m,) or (m, k) as y was in ``fit``."""
        outputs = self._outputs(X).astype(np.float64)
        return outputs[:, 0] if self._flat else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        tags.target_tags.multi_output = True
        return tags

    def _encoded(self, y):
        self._flat = y.ndim == 1
        return y[:, None] if self._flat else y


__all__ = ["SKLearnClassifier", "SKLearnRegressor"]
