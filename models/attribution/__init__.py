"""Where a score comes from: the places of an image, the words of a report."""
