"""Networks over reports and images: what they are, how they are trained, run, explained and measured."""
