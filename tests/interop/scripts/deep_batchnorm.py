"""A deep net with batch normalization and Adam: He initialization, a plateau callback, and rates from a function."""

import numpy as np
from keras import Input, Sequential, callbacks, layers, optimizers
from reference import starting_weights

from course_lib.datasets import digits

(x, y), (xv, yv), _ = digits.load_splits()
x, y = x[:512], np.eye(10, dtype="float32")[y[:512]]
xv, yv = xv[:200], np.eye(10, dtype="float32")[yv[:200]]

model = Sequential([Input((64,))])
for _ in range(6):
    model.add(layers.Dense(24, kernel_initializer="he_normal", use_bias=False))
    model.add(layers.BatchNormalization(momentum=0.875))
    model.add(layers.Activation("swish"))
model.add(layers.Dense(10, activation="softmax"))
starting_weights(model)
model.compile(optimizer=optimizers.Adam(learning_rate=0.004, beta_1=0.875, epsilon=1e-5),
              loss="categorical_crossentropy", metrics=["accuracy"])
plateau = callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1, min_delta=0.4)
reduced = model.fit(x, y, batch_size=64, epochs=5, validation_data=(xv, yv), shuffle=False, verbose=0,
                    callbacks=[plateau])
slower = callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)
scheduled = model.fit(x, y, batch_size=64, epochs=7, initial_epoch=5, shuffle=False, verbose=0, callbacks=[slower])

result = {
    "reduced": reduced.history,
    "scheduled": scheduled.history,
    "epochs": scheduled.epoch,
    "inference": model.predict(xv, verbose=0),
    "training mode": np.asarray(model(xv, training=True)),
    "parameters": model.count_params(),
    "weights": model.get_weights(),
}
