-- Studies and findings on which two labelers differ, with the mentions that speak for each answer: those of the finding
-- and of the narrower ones that count for it.
with differing as (
    select *
    from {{ ref('int_label_pair') }}
    where
        value_a is distinct from value_b
        and coalesce(value_a, 0) <> -9
        and coalesce(value_b, 0) <> -9
),

-- Only what is needed: the studies, findings and labelers that differ are few beside all mentions, and labels that
-- others published have none.
wanted as (
    select
        differing.dataset,
        differing.study_id,
        runs.labeler,
        runs.run_id,
        differing.finding
    from differing
    inner join {{ ref('int_latest_label_run') }} as runs
        on differing.labeler_a = runs.labeler
    union
    select
        differing.dataset,
        differing.study_id,
        runs.labeler,
        runs.run_id,
        differing.finding
    from differing
    inner join {{ ref('int_latest_label_run') }} as runs
        on differing.labeler_b = runs.labeler
),

evidence as (
    select
        wanted.dataset,
        wanted.study_id,
        wanted.labeler,
        wanted.finding,
        list_sort(list_distinct(list(mentions.sentence))) as sentences,
        -- sorted as lists: an aggregate with an order of its own takes three times as long
        list_transform(
            list_sort(list(row(mentions.start_offset, mentions.end_offset, mentions.finding))),
            lambda mention: concat_ws(':', mention[1], mention[2], mention[3])  -- noqa: RF02
        ) as mentions
    from wanted
    inner join {{ ref('int_finding_ancestor') }} as ancestors
        on wanted.finding = ancestors.counts_for
    inner join {{ ref('stg_nlp__mention') }} as mentions
        on
            wanted.run_id = mentions.run_id
            and wanted.dataset = mentions.dataset
            and wanted.study_id = mentions.study_id
            and ancestors.finding = mentions.finding
    group by wanted.dataset, wanted.study_id, wanted.labeler, wanted.finding
)

select
    differing.dataset,
    differing.study_id,
    differing.labeler_a,
    differing.labeler_b,
    differing.finding,
    cast(differing.value_a as smallint) as value_a,
    cast(differing.value_b as smallint) as value_b,
    evidence_a.mentions as mentions_a,
    evidence_b.mentions as mentions_b,
    evidence_a.sentences as sentences_a,
    evidence_b.sentences as sentences_b
from differing
left join evidence as evidence_a
    on
        differing.dataset = evidence_a.dataset
        and differing.study_id = evidence_a.study_id
        and differing.labeler_a = evidence_a.labeler
        and differing.finding = evidence_a.finding
left join evidence as evidence_b
    on
        differing.dataset = evidence_b.dataset
        and differing.study_id = evidence_b.study_id
        and differing.labeler_b = evidence_b.labeler
        and differing.finding = evidence_b.finding
