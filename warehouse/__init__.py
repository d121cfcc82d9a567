"""The base of the warehouse: settings, connections, table definitions, run records and loaders.

Nothing here knows about language processing, networks or the command line.
"""
