"""What the Snakefile needs to know: the resolved configuration and the digests of our code."""
