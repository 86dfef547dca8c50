"""Early stopping by hand and by the rule: a validation loss that is seen epoch by epoch."""

import numpy as np
import traitlets

from course_lib import callbacks
from course_lib.widgets import draws, svg
from course_lib.widgets.base import CourseWidget

EPOCHS, RUNS, PATIENCE = 60, 3, 20
NOISE = {"calm": 0.008, "noisy": 0.04}
TALLEST = 2.0                                   # of the loss's axis


class Run:
    """All that a callback needs of a model."""

    stop_training = False


class EarlyStopping(CourseWidget):
    """Drag the epoch to go on with a training, and the patience of the rule that would end it.

    run: 0, 1 or 2, a training of its own. noise: "calm" or "noisy", how much its validation loss varies. epoch: how far
    it has gone, 1 to 60. patience: of the rule, which restores the best weights, 1 to 20. All are traits: a kernel can
    observe, set and link them.
    """

    _name = "early_stopping"
    _view = ("run", "noise", "epoch", "patience")
    run = traitlets.Int(0, min=0, max=RUNS - 1).tag(sync=True)
    noise = traitlets.Enum(list(NOISE), "noisy").tag(sync=True)
    epoch = traitlets.Int(6, min=1, max=EPOCHS).tag(sync=True)
    patience = traitlets.Int(2, min=1, max=PATIENCE).tag(sync=True)

    def losses(self) -> dict[str, np.ndarray]:
        """train and val, (60,): a training that learns and then overfits, lowest in the mean near epoch 26."""
        t = np.arange(1, EPOCHS + 1.0)
        falling = 1 / (1 + 0.4 * t)
        wobble = NOISE[self.noise] * draws.normals(0, 60 + self.run, EPOCHS)
        return {"train": 2.2 * falling, "val": 0.3 + 1.9 * falling + 0.4 * (t / EPOCHS) ** 2 + wobble}

    def rule(self, epochs: int) -> tuple[int | None, int]:
        """The epoch after which the callback ends the training, None if it goes on, and the best epoch until then."""
        rule = callbacks.EarlyStopping(patience=self.patience)
        rule.model = Run()                                                      # type: ignore[assignment]
        rule.on_train_begin()
        for epoch, loss in enumerate(self.losses()["val"][:epochs].tolist()):
            rule.on_epoch_end(epoch, {"val_loss": loss})
            if rule.model.stop_training:
                return epoch + 1, rule.best_epoch + 1
        return None, rule.best_epoch + 1

    def numbers(self) -> dict[str, float]:
        """Both losses now; the best epoch so far (of the rule, if it has ended the training) and its loss; stopped: the
        epoch after which the rule has ended it, if it has."""
        losses, (stopped, best) = self.losses(), self.rule(self.epoch)
        return {"epoch": self.epoch, "patience": self.patience, "train": float(losses["train"][self.epoch - 1]),
                "val": float(losses["val"][self.epoch - 1]), "best_epoch": best, "best": float(losses["val"][best - 1]),
                **({} if stopped is None else {"stopped": stopped})}

    @property
    def description(self) -> str:
        n = self.numbers()
        said = (f"has ended the training after epoch {n['stopped']} and kept" if "stopped" in n else
                "has not ended the training; so far the best is")
        return (f"Training and validation loss of a training, seen up to epoch {self.epoch} of {EPOCHS}: the training "
                f"loss is {n['train']:.3f}, the validation loss, which varies from epoch to epoch, {n['val']:.3f}. The "
                f"rule with patience {self.patience} {said} epoch {n['best_epoch']}, with a validation loss of "
                f"{n['best']:.3f}.")

    def picture(self) -> str:
        n, losses, left, right = self.numbers(), self.losses(), 40, 408

        def x(epoch: float) -> float:
            return left + (epoch - 1) / (EPOCHS - 1) * (right - left)

        def y(loss: float) -> float:
            return 220 - min(loss, TALLEST) / TALLEST * 190

        parts = [svg.text(4, 16, "loss", class_="quiet small start", text_anchor="start"),
                 *(svg.text(26, y(v) + 4, f"{v:g}", class_="quiet small") for v in (0, 0.5, 1, 1.5, 2)),
                 *(svg.text(x(v), 238, str(v), class_="quiet small") for v in (1, 20, 40, 60))]
        for name, kind, colour in (("train", "forward", "#005a91"), ("val", "backward chosen", "#b04a00")):
            seen = losses[name][:self.epoch].tolist()
            points = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in enumerate(seen, start=1))
            parts.append(svg.element("polyline", points=points, fill="none", class_=f"curve {kind}", stroke=colour))
        parts += [svg.element("circle", cx=x(n["best_epoch"]), cy=y(n["best"]), r=5, class_="end-point",
                              fill="#b04a00"),
                  svg.element("line", x1=x(self.epoch), x2=x(self.epoch), y1=24, y2=224, class_="unity",
                              stroke="#1c6b42"),
                  svg.text(210, 262, f"epoch {self.epoch}: training {n['train']:.3f}, validation {n['val']:.3f}; best: "
                           f"epoch {n['best_epoch']}, {n['best']:.3f}")]
        return svg.picture(420, 272, self.description, parts)
