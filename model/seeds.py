"""
One seed in the settings, independent streams of random numbers for each purpose.

With one generator for all, a dropout more would also change the order of the documents, and two
models could not be compared on the same initial weights.
"""

import hashlib


def derive_seed(seed: int, purpose: str, *numbers: int) -> int:
    """
    Return a seed within 0 .. 2**63 - 1 for one purpose, such as "order", and the numbers in it.

    Numbers tell apart the uses within one purpose, such as the epoch: what is drawn in epoch 7
    depends on nothing drawn before it, so a training that goes on needs no generator's state.

        >>> derive_seed(1, "order", 7) == derive_seed(1, "order", 7)
        True
        >>> derive_seed(1, "order", 7) == derive_seed(1, "dropout", 7)
        False
    """
    words = "/".join([str(seed), purpose, *map(str, numbers)])
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big") >> 1
