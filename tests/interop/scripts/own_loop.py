"""A training loop of one's own, a callback of one's own, then cloning, saving and loading. ``saved`` is given."""

import numpy as np
from keras import Input, Sequential, callbacks, layers, models, optimizers
from reference import starting_weights

from course_lib.datasets import digits

(x, y), (xv, yv), _ = digits.load_splits()


class Recorder(callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.losses, self.lengths = [], []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(float(logs["loss"]))

    def on_epoch_end(self, epoch, logs=None):
        self.lengths.append(float(np.sqrt(sum(np.sum(w ** 2) for w in self.model.get_weights()))))
        if epoch == 1:
            self.model.stop_training = True


model = Sequential([Input((64,)), layers.Dense(20, activation="relu"), layers.Dense(10, activation="softmax")])
starting_weights(model)
model.compile(optimizers.Adagrad(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
steps = []
for start in range(0, 640, 64):
    rows = slice(start, start + 64)
    steps.append(model.train_on_batch(x[rows], y[rows], return_dict=True))

tested = model.test_on_batch(xv[:50], yv[:50], return_dict=True)
recorder = Recorder()
model.fit(x[:320], y[:320], epochs=10, shuffle=False, verbose=0, callbacks=[recorder])

twin = models.clone_model(model)
twin.set_weights(model.get_weights())
twin.compile(optimizers.Adamax(0.01), "sparse_categorical_crossentropy")
twin.fit(x[:320], y[:320], epochs=1, shuffle=False, verbose=0)

model.save(saved)  # noqa: F821
loaded = models.load_model(saved)  # noqa: F821
after_loading = loaded.fit(x[:320], y[:320], epochs=1, shuffle=False, verbose=0)
rebuilt = Sequential.from_config(model.get_config())

result = {
    "steps": [[float(step["loss"]), float(step["accuracy"])] for step in steps],
    "tested": [float(tested["loss"]), float(tested["accuracy"])],
    "losses": recorder.losses,
    "lengths": recorder.lengths,
    "epochs": model.history.epoch,
    "model": model.get_weights(),
    "twin": twin.get_weights(),
    "after loading": after_loading.history,
    "loaded": loaded.get_weights(),
    "loaded predicts": loaded.predict(xv[:50], verbose=0),
    "shapes": [list(w.shape) for w in rebuilt.get_weights()],
}
