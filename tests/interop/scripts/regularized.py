"""Everything that holds weights back: penalties, constraints, decay with exclusions, clipping; and class weights."""

import numpy as np
from keras import Input, Sequential, constraints, layers, metrics, optimizers, regularizers
from reference import starting_weights

rng = np.random.default_rng(1)
x = rng.normal(size=(400, 8)).astype("float32")
y = (x[:, 0] + x[:, 1] ** 2 + 0.5 * rng.normal(size=400) > 2).astype("float32")     # one in five
weights = np.where(np.abs(x[:, 2]) > 1, 0.5, 1.5).astype("float32")


def classifier():
    model = Sequential([
        Input((8,)),
        layers.Dense(16, activation="selu", kernel_initializer="lecun_normal",
                     kernel_regularizer=regularizers.L1L2(l1=0.001, l2=0.01), bias_regularizer="l2"),
        layers.Dense(16, activation="gelu", kernel_constraint=constraints.MaxNorm(1.0)),
        layers.Dense(8, activation="softplus", kernel_constraint="non_neg"),
        layers.Dense(1, activation="sigmoid"),
    ])
    starting_weights(model)
    return model


scores = ["accuracy", metrics.Precision(name="precision"), metrics.Recall(name="recall")]
balanced = classifier()
optimizer = optimizers.AdamW(learning_rate=0.01, weight_decay=0.05, global_clipnorm=1.0)
optimizer.exclude_from_weight_decay(var_names=["bias"])
balanced.compile(optimizer, "binary_crossentropy", metrics=scores)
by_class = balanced.fit(x, y, batch_size=40, epochs=4, class_weight={0: 1.0, 1: 4.0}, shuffle=False, verbose=0)

weighted = classifier()
weighted.compile(optimizers.Nadam(0.005, clipnorm=0.5), "binary_crossentropy", weighted_metrics=["accuracy"])
by_row = weighted.fit(x, y, batch_size=40, epochs=4, sample_weight=weights, shuffle=False, verbose=0,
                      validation_data=(x[:100], y[:100], weights[:100]))

result = {
    "by class": by_class.history,
    "evaluate": balanced.evaluate(x, y, verbose=0, return_dict=True),
    "balanced": balanced.get_weights(),
    "by row": by_row.history,
    "evaluate with weights": weighted.evaluate(x, y, sample_weight=weights, verbose=0),
    "weighted": weighted.get_weights(),
}
