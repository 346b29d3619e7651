"""Archives and compressed files among the raw files, opened as the members that they hold."""

from preprocess.archives.limits import Limits

__all__ = ["Limits"]
