"""How good networks are: measures, strata, intervals, the page of curves."""
