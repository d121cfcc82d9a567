-- Area under the ROC curve of every network against every labeler of the same studies, exactly, by ranks
-- (Mann-Whitney): positives are labels of 1; negatives are labels of 0 and studies read without a mention; uncertain
-- ones stand aside, and so do the patients that the network was trained or chosen on.
with scores as (
    select
        dataset,
        study_id,
        study_id as item_id,
        model,
        version,
        finding,
        probability
    from {{ ref('stg_score__report_score') }}
    union all
    select
        scores.dataset,
        images.study_id,
        scores.image_id as item_id,
        scores.model,
        scores.version,
        scores.finding,
        scores.probability
    from {{ ref('stg_score__image_score') }} as scores
    inner join {{ ref('int_image') }} as images
        on
            scores.dataset = images.dataset
            and scores.image_id = images.image_id
),

training as (
    select
        model,
        version,
        manifest ->> '$.training_data.dataset' as dataset,
        manifest ->> '$.training_data.split_rule' as split_rule
    from {{ ref('stg_score__model') }}
),

-- Null where the manifest does not say what the network was trained on.
placed as (
    select
        scores.*,
        scores.dataset = training.dataset as is_training_dataset,
        scores.dataset = training.dataset
        and training.split_rule = '{{ known_split_rule() }}' as is_split_known,
        {{ is_seen_in_training('scores.dataset', 'studies.patient_id') }} as is_seen
    from scores
    inner join {{ ref('int_study') }} as studies
        on
            scores.dataset = studies.dataset
            and scores.study_id = studies.study_id
    left join training
        on
            scores.model = training.model
            and scores.version = training.version
),

cases as (
    select
        scores.dataset,
        scores.model,
        scores.version,
        scores.finding,
        studies.labeler,
        scores.probability,
        scores.is_training_dataset and not scores.is_split_known as is_in_sample,
        coalesce(scores.is_split_known and scores.is_seen, false) as is_left_out,
        coalesce(labels.value, 0) = 1 as is_positive
    from placed as scores
    inner join {{ ref('int_labeled_study') }} as studies
        on
            scores.dataset = studies.dataset
            and scores.study_id = studies.study_id
    inner join {{ ref('int_labeler_finding') }} as known
        on
            studies.dataset = known.dataset
            and studies.labeler = known.labeler
            and scores.finding = known.finding
    left join {{ ref('int_study_label') }} as labels
        on
            scores.dataset = labels.dataset
            and scores.study_id = labels.study_id
            and scores.finding = labels.finding
            and studies.labeler = labels.labeler
    where coalesce(labels.value, 0) in (0, 1)
),

-- Equal probabilities share the mean of their ranks.
ties as (
    select
        dataset,
        model,
        version,
        finding,
        labeler,
        any_value(is_in_sample) as is_in_sample,
        count(*) as n,
        count(*) filter (where is_positive) as n_positive,
        sum(count(*)) over (
            partition by dataset, model, version, finding, labeler
            order by probability
        ) - (count(*) - 1) / 2 as mean_rank
    from cases
    where not is_left_out
    group by dataset, model, version, finding, labeler, probability
),

sums as (
    select
        dataset,
        model,
        version,
        finding,
        labeler,
        any_value(is_in_sample) as is_in_sample,
        cast(sum(n_positive) as bigint) as n_positive,
        cast(sum(n - n_positive) as bigint) as n_negative,
        sum(n_positive * mean_rank) as rank_sum
    from ties
    group by dataset, model, version, finding, labeler
)

select
    dataset,
    model,
    version,
    labeler,
    finding,
    n_positive,
    n_negative,
    is_in_sample,
    (rank_sum - n_positive * (n_positive + 1) / 2) / nullif(n_positive * n_negative, 0) as auroc
from sums
