"""Published studies run on the warehouse, with the published figures beside ours."""
