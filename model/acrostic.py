"""Lines that begin with given syllables: an acrostic, such as a 삼행시."""

from unicodedata import normalize

from model.legality import ANY, Demand, Legality
from model.sampling import SampleConfig


class Acrostic:
    """
    What is demanded of the tokens of a sample, so that its lines begin as asked.

    The model writes all of it: where a line begins, only tokens are let through that spell the
    syllable, in the base of the unit or as the first part of a piece. Where a line ends, the model
    says. No line is left out or blank, and the document does not end before the last one.

    Attributes:
        demand: on the next token. Of a sample's first one, acrostic or not, it is that the
            prompt's last character stay as it is.
    """

    def __init__(self, config: SampleConfig, prompt: str, legality: Legality) -> None:
        """Begin after a prompt; a line that it has begun is ended first."""
        self._legality = legality
        self._syllables = normalize("NFC", config.acrostic)
        self._is_document = config.stop == "document"
        self._begun = 0  # lines
        self._spelling: tuple[int, ...] = ()  # what is still to come of the syllable
        if self._syllables and (not prompt or prompt.endswith("\n")):
            self._begin_line()
        self.demand = self._demand(begins=True)

    def take(self, token: int, is_line_end: bool) -> bool:
        """Go on after a token; say whether there are lines left to write."""
        if not self._syllables:
            self.demand = ANY
            return True
        base = len(self._legality.base_of(token)) if self._spelling else 0
        # A syllable that is spelt to its end stays as it is: no trailing consonant is added.
        is_spelt = 0 < len(self._spelling) == base
        self._spelling = self._spelling[base:]
        if is_line_end:
            if self._begun == len(self._syllables):
                return False
            self._begin_line()
        self.demand = self._demand(begins=is_spelt)
        return True

    def _begin_line(self) -> None:
        self._spelling = self._legality.spelling(self._syllables[self._begun])
        self._begun += 1

    def _demand(self, begins: bool) -> Demand:
        if not self._syllables:
            return Demand(begins=begins)
        goes_on = self._is_document and self._begun < len(self._syllables)
        return Demand(self._spelling, begins, whole_lines=True, goes_on=goes_on)
