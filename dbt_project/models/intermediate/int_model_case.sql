-- What a network is measured on: every scored item against every labeler of its study. Positives are labels of 1;
-- negatives are labels of 0 and studies read without a mention; uncertain ones stand aside, and so do the patients
-- that the network was trained or chosen on.
with scores as (
    select
        dataset,
        study_id,
        study_id as item_id,
        cast(null as varchar) as view_class,
        cast(null as varchar) as view_position,
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
        images.view_class,
        images.view_position,
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

families as (
    select
        dataset,
        coalesce(same_images_as, dataset) as family
    from {{ ref('dataset') }}
),

training_datasets as (
    select
        model,
        version,
        manifest ->> '$.training_data.split_rule' as split_rule,
        unnest(manifest ->> '$.training_data.datasets[*]') as dataset
    from {{ ref('stg_score__model') }}
),

-- No row where the manifest does not say what the network was trained on.
training as (
    select
        datasets.model,
        datasets.version,
        any_value(datasets.split_rule) as split_rule,
        list(datasets.dataset) as datasets,
        list(coalesce(families.family, datasets.dataset)) as families
    from training_datasets as datasets
    left join families on datasets.dataset = families.dataset
    group by datasets.model, datasets.version
),

outputs as (
    select
        model,
        version,
        manifest,
        unnest(findings) as finding
    from {{ ref('stg_score__model') }}
),

thresholds as (
    select
        model,
        version,
        finding,
        cast(manifest ->> ('$.thresholds.' || finding) as double) as threshold
    from outputs
),

-- The same images are training data under any data set's name; whose they are is known under the trained name only.
placed as (
    select
        scores.*,
        studies.age_years,
        coalesce(studies.patient_id, scores.study_id) as patient_id,
        patients.sex,
        list_contains(training.families, coalesce(families.family, scores.dataset)) as is_training_dataset,
        list_contains(training.datasets, scores.dataset)
        and training.split_rule in (raw.patient_split_rule(), raw.release_split_rule()) as is_split_known,
        {{ is_seen_in_training(
            'training.split_rule',
            'scores.dataset',
            'coalesce(studies.patient_id, scores.study_id)',
            'studies.split'
        ) }} as is_seen
    from scores
    inner join {{ ref('dim_study') }} as studies
        on
            scores.dataset = studies.dataset
            and scores.study_id = studies.study_id
    left join {{ ref('dim_patient') }} as patients
        on
            studies.dataset = patients.dataset
            and studies.patient_id = patients.patient_id
    left join families on scores.dataset = families.dataset
    left join training
        on
            scores.model = training.model
            and scores.version = training.version
)

select
    scores.dataset,
    scores.model,
    scores.version,
    studies.labeler,
    scores.finding,
    scores.item_id,
    scores.study_id,
    scores.patient_id,
    case
        when scores.view_class <> 'frontal' then nullif(scores.view_class, 'unknown')
        when regexp_matches(scores.view_position, '^(AP|ANTEROPOSTERIOR)') then 'AP'
        when regexp_matches(scores.view_position, '^(PA|POSTEROANTERIOR)') then 'PA'
        else scores.view_class
    end as projection,
    case upper(left(scores.sex, 1)) when 'F' then 'F' when 'M' then 'M' end as sex,
    {{ age_band('scores.age_years') }} as age_band,
    scores.probability,
    coalesce(thresholds.threshold, 0.5) as threshold,
    coalesce(labels.value, 0) = 1 as is_positive,
    scores.is_training_dataset and not scores.is_split_known as is_in_sample
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
left join thresholds
    on
        scores.model = thresholds.model
        and scores.version = thresholds.version
        and scores.finding = thresholds.finding
left join {{ ref('int_study_label') }} as labels
    on
        scores.dataset = labels.dataset
        and scores.study_id = labels.study_id
        and scores.finding = labels.finding
        and studies.labeler = labels.labeler
where
    coalesce(labels.value, 0) in (0, 1)
    and not coalesce(scores.is_split_known and scores.is_seen, false)
