"""Layers taken over from a trained model, frozen, then thawed: both models hold the same layers, also batch norm."""

from keras import Input, Sequential, layers, optimizers
from reference import starting_weights

from course_lib.datasets import digits

(x, y), _, _ = digits.load_splits()
low, high = y < 5, y >= 5

first = Sequential([
    Input((64,)),
    layers.Dense(24, use_bias=False),
    layers.BatchNormalization(momentum=0.75),
    layers.Activation("relu"),
    layers.Dense(5, activation="softmax", name="low"),
])
starting_weights(first)
first.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
first.fit(x[low], y[low], epochs=2, shuffle=False, verbose=0)

second = Sequential([Input((64,)), *first.layers[:-1], layers.Dense(5, activation="softmax", name="high")])
starting_weights(second, only=second.layers[-1])
for layer in second.layers[:-1]:
    layer.trainable = False
second.compile(optimizers.SGD(0.25), "sparse_categorical_crossentropy", metrics=["accuracy"])
frozen = second.fit(x[high], y[high] - 5, epochs=2, shuffle=False, verbose=0)
unmoved = [w for layer in first.layers[:-1] for w in layer.get_weights()]

for layer in second.layers[:-1]:
    layer.trainable = True
second.compile(optimizers.SGD(0.03125, momentum=0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
thawed = second.fit(x[high], y[high] - 5, epochs=2, shuffle=False, verbose=0)

result = {
    "frozen": frozen.history,
    "thawed": thawed.history,
    "unmoved": unmoved,
    "first": first.get_weights(),
    "second": second.get_weights(),
    "first on its own": first.evaluate(x[low], y[low], verbose=0),
}
