"""A regression, built late, a layer at a time; a callback lowers the learning rate and stops the training."""

import numpy as np
from keras import Sequential, callbacks, layers, optimizers
from reference import starting_weights

rng = np.random.default_rng(0)
x = rng.normal(size=(230, 3)).astype("float32")
y = (np.sin(x[:, 0]) + 0.5 * x[:, 1] * x[:, 2]).astype("float32")


class LowerThenStop(callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 3:
            self.model.optimizer.learning_rate = 0.0625

    def on_epoch_end(self, epoch, logs=None):
        logs["rate"] = float(self.model.optimizer.learning_rate)
        if epoch == 5:
            self.model.stop_training = True


model = Sequential(name="regression")
model.add(layers.Dense(20, activation="tanh"))
model.add(layers.Dense(1))
model.build((None, 3))
starting_weights(model)
model.compile(optimizer=optimizers.SGD(0.125, momentum=0.5, nesterov=True), loss="mse", metrics=["mse"])
history = model.fit(x, y, batch_size=32, epochs=50, validation_split=0.25, shuffle=False, verbose=0,
                    callbacks=[LowerThenStop()])

result = {
    "history": history.history,
    "epochs": history.epoch,
    "predictions": model.predict(x[:10], batch_size=4, verbose=0),
    "parameters": model.count_params(),
    "name": model.name,
    "weights": model.get_weights(),
}
