"""Every figure of every network against every labeler, over all its cases and in each stratum."""

from models.evaluation.warehouse import measure_cases


def model(dbt, session):  # noqa: ARG001  dbt calls it with both
    """Return the rows of the mart model_performance."""
    return measure_cases(dbt.ref("int_model_case"))
