"""The ``cxr`` command: the only layer that prints."""
