"""A classifier for the digits: validation data, early stopping that restores the best weights, accuracy."""

import numpy as np
from keras import Input, Sequential, callbacks, layers, optimizers
from reference import starting_weights

from course_lib.datasets import digits

(x, y), (xv, yv), (xt, yt) = digits.load_splits()
x, xv, xt = x[:300], xv[:200], xt[:200]         # so few that it overfits and stops early
y, yv, yt = y[:300], yv[:200], yt[:200]

model = Sequential([
    Input((64,)),
    layers.Dense(32, activation="relu", kernel_initializer="he_normal"),
    layers.Dense(16, activation="tanh"),
    layers.Dense(10, activation="softmax"),
])
starting_weights(model)
model.compile(optimizer=optimizers.SGD(learning_rate=0.25, momentum=0.875, nesterov=True),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
stop = callbacks.EarlyStopping(monitor="val_loss", patience=2, restore_best_weights=True)
history = model.fit(x, y, batch_size=50, epochs=40, validation_data=(xv, yv), shuffle=False, verbose=0,
                    callbacks=[stop])

result = {
    "history": history.history,
    "epochs": history.epoch,
    "stopped": stop.stopped_epoch,
    "evaluate": model.evaluate(xt, yt, batch_size=100, verbose=0),
    "probabilities": model.predict(xt, verbose=0),
    "classes": np.argmax(model.predict(xt, verbose=0), axis=1),
    "weights": model.get_weights(),
}
