"""One script a claim: each measures, writes ``results/<name>.json``, and ``report`` turns those into RESULTS.md."""
