"""A classifier for the digits: validation data, momentum, accuracy."""

import numpy as np
from keras import Input, Sequential, layers, optimizers
from reference import starting_weights

from course_lib.datasets import digits

(x, y), (xv, yv), (xt, yt) = digits.load_splits()

model = Sequential([
    Input((64,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="tanh"),
    layers.Dense(10, activation="softmax"),
])
starting_weights(model)
model.compile(optimizer=optimizers.SGD(learning_rate=0.05, momentum=0.875), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
history = model.fit(x, y, batch_size=64, epochs=5, validation_data=(xv, yv), shuffle=False, verbose=0)

result = {
    "history": history.history,
    "evaluate": model.evaluate(xt, yt, batch_size=100, verbose=0),
    "probabilities": model.predict(xt, verbose=0),
    "classes": np.argmax(model.predict(xt, verbose=0), axis=1),
    "weights": model.get_weights(),
}
