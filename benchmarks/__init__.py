"""One script a claim: each measures, writes ``results/<name>.json``, and `benchmarks.pages.results` makes RESULTS.md of those."""
