"""Concept questions on initialization."""

from ...spec import Choice, make_question

_COMMON = {"chapter": "04_initialization", "level": 1}

SATURATED_OUTPUT = make_question(
    "saturated_output_question", number=12, core=True, title="Weights that start too large",
    prompt="The weights of a sigmoid unit with many inputs start with far too large a variance. "
           "What does its output look like?",
    choices={
        "a": Choice("Close to 1: large weights make large sums.",
                    "Large in size, but of either sign: the weights are as often negative as positive.",
                    "always-at-1"),
        "b": Choice("Close to 0.5: positive and negative terms cancel.",
                    "On average they do, but a sum of n random terms strays from 0 by the root of n times one term. "
                    "With large weights that is far.", "terms-cancel"),
        "c": Choice("Close to 0 or close to 1, depending on the sign of z.",
                    "Right. z is far from 0 on one side or the other, and there the sigmoid is flat: the unit is "
                    "saturated."),
        "d": Choice("Close to 0: the unit is dead.",
                    "Half of the time. For the other inputs z is large and positive.", "always-at-0"),
    }, **_COMMON)

SATURATED_SLOPE = make_question(
    "saturated_slope_question", number=13, core=False, title="The slope of a saturated unit",
    prompt="The output $a$ of a sigmoid unit comes ever closer to 1. What does the unit's slope at $z$ do?",
    choices={
        "a": Choice("It is a(1 - a) up to the point of saturation, and from there on exactly 0.",
                    "There is no such point: the formula holds for every z, and the slope is never exactly 0. "
                    "It only becomes too small to matter.", "exactly-zero"),
        "b": Choice("It comes closer to 1, as the output does.",
                    "The output levels off there. A curve that levels off has a slope near 0.", "slope-like-output"),
        "c": Choice("It comes closer to 1/4.",
                    "1/4 is its largest value, at z = 0, where the output is 1/2.", "largest-slope"),
        "d": Choice("It is a(1 - a), and comes ever closer to 0.",
                    "Right. At z = 4 it is 0.018, at z = 8 it is 0.0003. The gradient is multiplied by it and hardly "
                    "reaches the weights."),
    }, **_COMMON)

CROSS_TERMS = make_question(
    "cross_terms_question", number=0, core=True, title="Which terms drop out?",
    prompt="For independent $w$ and $a$ the variance of the product is "
           "$\\mathrm{E}[w]^2\\,\\mathrm{Var}[a] + \\mathrm{Var}[w]\\,\\mathrm{E}[a]^2 + "
           "\\mathrm{Var}[w]\\,\\mathrm{Var}[a]$. Notes on initialization often keep the last term only. "
           "What does that take?",
    choices={
        "a": Choice("That w and a are uncorrelated.",
                    "They are independent, which is more, and all three terms are still there: independence is what "
                    "the formula starts from.", "uncorrelated-is-enough"),
        "b": Choice("That w has mean 0.",
                    "That removes the first term. The second has the mean of a in it.", "mean-of-w-is-enough"),
        "c": Choice("That w and a both have mean 0.",
                    "Right. Weights do have mean 0. Outputs of a sigmoid have mean 0.5, and then the term that was "
                    "dropped is the largest of the three."),
        "d": Choice("That n is large.",
                    "n multiplies all terms alike. A large n makes the sum nearly normal, but leaves its variance as "
                    "it is.", "large-n"),
    }, **_COMMON)

DEEP_SIGMOID = make_question(
    "deep_sigmoid_question", number=40, core=True, title="Does Glorot help a deep sigmoid network?",
    prompt="A network of 20 sigmoid layers starts with Glorot's weights. What happens to the gradient on its way down?",
    choices={
        "a": Choice("It keeps its size: that is what Glorot's weights are made for.",
                    "They are made for an activation with slope 1 at 0, such as tanh. The sigmoid's slope is 1/4 at "
                    "most.", "glorot-fixes-it"),
        "b": Choice("It vanishes: each layer leaves a quarter of it at most.",
                    "Right. About 1/4 for each of 19 steps makes about 1e-12. Four times larger weights undo the 1/4, "
                    "yet over 20 layers they too lose a factor of thousands."),
        "c": Choice("It explodes: the outputs of a sigmoid have mean 0.5, and the sums grow.",
                    "The mean does make z larger, which flattens the slopes even more. The gradient shrinks.",
                    "explodes"),
        "d": Choice("It vanishes because the units are saturated.",
                    "With Glorot's weights z stays near 0, far from saturation. The slope is too small there as well.",
                    "saturation-is-the-cause"),
    }, **_COMMON)

FAN_AVERAGE = make_question(
    "fan_average_question", number=0, core=False, title="Why the mean of two fans?",
    prompt="Glorot's variance is 1 divided by the mean of fan-in and fan-out. Why not by the fan-in alone?",
    choices={
        "a": Choice("Forwards, the fan-in would keep the variance; backwards, the fan-out. The mean is a compromise.",
                    "Right. Both can hold at once only in a layer with as many inputs as outputs."),
        "b": Choice("A unit sums over its inputs and its outputs.",
                    "A unit sums over its inputs. It is the gradient at an input that is a sum over the outputs.",
                    "sums-over-both"),
        "c": Choice("The mean makes the variance smaller, which is safer.",
                    "It is smaller only where the layer has more outputs than inputs.", "always-smaller"),
        "d": Choice("Weights and biases have to share the variance.",
                    "Biases start at 0 and take no part in it.", "biases-share"),
    }, **_COMMON)

GOOD_START = make_question(
    "good_start_question", number=0, core=False, title="How long does a good start last?",
    prompt="A network starts with just the right weights: signals and gradients keep their size in all layers. "
           "What does that say about the gradients after a thousand steps?",
    choices={
        "a": Choice("They keep their size: gradient descent leaves the variance of the weights as it is.",
                    "It has no reason to. Every step moves the weights towards a smaller loss, whatever that does to "
                    "their variance.", "variance-is-conserved"),
        "b": Choice("Nothing for certain: a good start is a start.",
                    "Right. It lets training begin, and often that is enough. To keep signals in shape all along "
                    "takes something in the network itself, such as batch normalization."),
        "c": Choice("They will have vanished: the start only delays it.",
                    "That may happen and need not. Networks with a good start are trained every day.",
                    "only-a-delay"),
        "d": Choice("They depend on the data alone: the start is forgotten by then.",
                    "If the gradients vanish at the start, a network may not have moved after a thousand steps.",
                    "start-is-forgotten"),
    }, **_COMMON)

QUESTIONS = (SATURATED_OUTPUT, CROSS_TERMS, DEEP_SIGMOID, SATURATED_SLOPE, FAN_AVERAGE, GOOD_START)
