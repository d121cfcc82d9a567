"""The pages made of the benchmarks: RESULTS.md, the tables of the README and the plots."""
