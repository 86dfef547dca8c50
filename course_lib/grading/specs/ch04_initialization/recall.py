"""What chapter 04 builds on, asked before it begins."""

from ...spec import Recall

ERROR_TERM = Recall(
    name="error_term_recall",
    prompt="Backpropagation knows $\\Delta^{(l+1)} = \\partial J / \\partial Z^{(l+1)}$. "
           "How does it get $\\Delta^{(l)}$ for the layer below?",
    answer="$\\Delta^{(l)} = \\Delta^{(l+1)} {W^{(l+1)}}^\\top \\odot \\varphi'(Z^{(l)})$: back through the kernel of "
           "the layer above, then times the slope of the layer's own activation.")

SIGMOID_SLOPE = Recall(
    name="sigmoid_slope_recall",
    prompt="What is the derivative of the sigmoid, written with its output $a$? Where is it largest, and how large?",
    answer="$a(1 - a)$. It is largest at $z = 0$, where $a = \\frac12$ and the slope is $\\frac14$. "
           "At $z = 4$ it is down to 0.018.")

EQUAL_UNITS = Recall(
    name="equal_units_recall",
    prompt="Two units of a hidden layer start with equal weights in, equal biases and equal weights out. "
           "What does training make of them?",
    answer="They stay equal. They compute the same and get the same gradient at every step. "
           "That is why weights start at random; biases may start at 0.")

RECALL = (ERROR_TERM, SIGMOID_SLOPE, EQUAL_UNITS)
