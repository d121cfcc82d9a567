"""Data quality: suites of checks as data, their results in ``quality.*``, and the pages that show them."""
