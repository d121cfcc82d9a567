"""Labels of many reports: of a warehouse or of a file, resumable, in several processes."""
