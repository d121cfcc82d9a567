"""Landing tables of the sources, with the published column names."""
