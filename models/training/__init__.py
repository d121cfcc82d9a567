"""Training sets, recipes and loops, and the export to ONNX. Needs the extra 'train'."""
