"""Networks over reports: training, export to ONNX, the zoo, scores in the warehouse."""
