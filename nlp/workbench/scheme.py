"""Label schemes: which labels are given, by which names; the package's two, and the user's own.

A user's scheme is a YAML file::

    findings:                              # what the package does not know
    - {id: scoliosis, name: Scoliosis, parent: other_finding}
    rules:                                 # words for it, in the phrase language of the lexicon
    - id: scoliosis.word
      finding: scoliosis
      phrases: ["[dextro|levo]scoliosis"]
      examples: {Mild scoliosis.: present, No scoliosis.: absent}
    labels:                                # columns of a label file; default: CheXpert's 14 and the new findings
      Curved Spine: scoliosis
      Fracture: fracture

``cues`` and ``terms`` may be given as in the lexicon's own files. Words that a rule of the package has are taken from
it. Every example must hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nlp.engines.aggregate import PRESENCE_SCHEMES
from nlp.engines.phrase_labeler import CxrLabeler
from nlp.rules.compile import Lexicon, default_lexicon, load_lexicon
from nlp.rules.lexicon_files import LINE, read_yaml
from nlp.workbench import examples
from warehouse import findings
from warehouse.errors import ConfigError

DEFAULT = "chexpert14"
SUFFIXES = (".yml", ".yaml")


@dataclass(frozen=True, eq=False)
class Scheme:
    """A label scheme.

    Attributes
    ----------
    name : str
    labels : mapping of str to str
        Label name to finding, in the order of the columns.
    lexicon : Lexicon
        What finds them.
    """

    name: str
    labels: Mapping[str, str]
    lexicon: Lexicon

    @property
    def is_presence(self) -> bool:
        """Whether labels say what is present and nothing else."""
        return self.name in PRESENCE_SCHEMES


def load_scheme(name: str = DEFAULT) -> Scheme:
    """Return a scheme of the package, or the user's own from a YAML file.

    Parameters
    ----------
    name : str
        ``chexpert14``, ``chestxray14``, or a path that ends in ``.yml`` or ``.yaml``.

    Raises
    ------
    ConfigError
        No such scheme, or the first mistake in the file: file, line, rule id and reason.

    Examples
    --------
    >>> import cxr
    >>> list(cxr.load_scheme("chexpert14").labels)[:2]
    ['No Finding', 'Enlarged Cardiomediastinum']
    """
    if not name.endswith(SUFFIXES):
        return Scheme(name, findings.scheme(name), default_lexicon())
    path = Path(name)
    lexicon = load_lexicon(scheme=path)
    own_rules = [rule for rule_id, rule in lexicon.rules.items() if rule_id not in default_lexicon().rules]
    labeler = CxrLabeler(lexicon)
    for rule in own_rules:
        for failure in examples.failures(rule, labeler):
            raise ConfigError(f"rule '{rule.id}': the example {failure}", where=path.name, fix="Change rule or example")
    own_findings = {f.name: f.id for f in lexicon.findings.values() if f.id not in findings.findings()}
    labels = {label: finding for label, finding in read_yaml(path).get("labels", {}).items() if label != LINE}
    if unknown := [finding for finding in labels.values() if finding not in lexicon.findings]:
        raise ConfigError(
            f"labels: no finding '{unknown[0]}'", where=path.name, fix=f"Known: {', '.join(lexicon.findings)}"
        )
    return Scheme(path.stem, labels or findings.scheme(DEFAULT) | own_findings, lexicon)
