"""How the files of data sets become rows: encodings, archives, CSV, folders whose files are the rows."""
