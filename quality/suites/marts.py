SUITES = ()
