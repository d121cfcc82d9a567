"""One script a claim. Each writes ``results/<name>.json``; `benchmarks.pages.results` makes RESULTS.md of them."""
