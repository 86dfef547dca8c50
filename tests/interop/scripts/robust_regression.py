"""A regression with outliers, built late, a layer at a time: Huber and MAE, a schedule, then the rate set by hand."""

import numpy as np
from keras import Sequential, layers, losses, optimizers
from reference import starting_weights

rng = np.random.default_rng(0)
x = rng.normal(size=(230, 3)).astype("float32")
y = (np.sin(x[:, 0]) + 0.5 * x[:, 1] * x[:, 2]).astype("float32")
y[::20] += 10

model = Sequential(name="regression")
model.add(layers.Dense(20, activation="elu"))
model.add(layers.Dense(10))
model.add(layers.LeakyReLU(negative_slope=0.25))
model.add(layers.Dense(1))
model.build((None, 3))
starting_weights(model)

schedule = optimizers.schedules.CosineDecay(0.0, decay_steps=60, warmup_target=0.01, warmup_steps=12)
model.compile(optimizer=optimizers.RMSprop(schedule, rho=0.875, momentum=0.5), loss=losses.Huber(delta=1.5),
              metrics=["mae", "mse"])
scheduled = model.fit(x, y, batch_size=32, epochs=12, validation_split=0.25, shuffle=False, verbose=0)

model.compile(optimizer=optimizers.SGD(0.125, momentum=0.5), loss="mae", metrics=["mse"])
model.optimizer.learning_rate = 0.015625
by_hand = model.fit(x, y, batch_size=32, epochs=3, shuffle=False, verbose=0)

result = {
    "scheduled": scheduled.history,
    "by hand": by_hand.history,
    "rates": [float(schedule(step)) for step in (0, 6, 12, 40, 72, 100)],
    "predictions": model.predict(x[:10], batch_size=4, verbose=0),
    "parameters": model.count_params(),
    "name": model.name,
    "weights": model.get_weights(),
}
