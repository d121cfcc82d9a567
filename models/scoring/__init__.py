"""Scores of reports and images: those of a warehouse into ``score.*``, or those of a file or folder into a CSV file.

One engine for both inputs and both places. The list of what there is to score and the results, a Parquet shard for
each part of the list, lie in a folder beside the warehouse or the output; a run that was killed goes on after its last
shard. The warehouse is open only while the list is made and while the shards are stored.
"""

from models.scoring.engine import Options
from models.scoring.files import FileResult, score_image_file, score_report_file
from models.scoring.warehouse import ScoreResult, score_images, score_reports

__all__ = [
    "FileResult", "Options", "ScoreResult", "score_image_file", "score_images", "score_report_file", "score_reports",
]  # fmt: skip
