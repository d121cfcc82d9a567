"""The two spellings of a data set: ``mimic-cxr`` on the command line, ``mimic_cxr`` in tables. Imports nothing."""


def dataset_of(name: str) -> str:
    """Return a data set's name as the tables spell it, given either spelling; it need not be a known one.

    Examples
    --------
    >>> dataset_of("mimic-cxr"), dataset_of("mimic_cxr")
    ('mimic_cxr', 'mimic_cxr')
    """
    return name.replace("-", "_")
