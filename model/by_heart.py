"""When a verbatim copy is no chance: the model has learnt a passage by heart."""

LONG_COPY = 50  # characters; a longer one is by heart
