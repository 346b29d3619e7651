"""Settings of the whole suite."""

from hypothesis import settings

# Machines that run tests are shared: a slow example is no failure.
settings.register_profile("geulteul", deadline=None, max_examples=60)
settings.load_profile("geulteul")
