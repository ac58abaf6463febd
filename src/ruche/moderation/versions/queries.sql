-- name: keep_lexicon
-- A file of terms, as it was when its version was proposed.
insert into policy_lexicons (version, place, entry, written)
values (%(version)s, %(place)s, %(entry)s, %(written)s::bytea);

-- name: lexicons_of_version
-- The files of one version.
select entry, encode(sha256, 'hex') as sha256, written from policy_lexicons
where version = %(version)s order by place;

-- name: lexicon_labels
-- Which files are kept with which version.
select version, entry, encode(sha256, 'hex') as sha256 from policy_lexicons order by version, place;

-- name: shadow_refusals
-- The newest texts that were refused.
select id, field, canonical, rating from refusals order by at desc, id desc limit %(last)s;

-- name: shadow_jobs
-- The texts of the newest jobs.
select id, rating, recipe ->> 'prompt' as prompt, recipe ->> 'negative_prompt' as negative
from jobs order by id desc limit %(last)s;

-- name: keep_scores
-- What the classifier made of an image.
insert into picture_scores (image, scores) values (%(image)s, %(scores)s::jsonb)
on conflict (image) do update set scores = excluded.scores, at = now();

-- name: shadow_pictures
-- The newest pictures whose scores were written down, by themselves or in a case, and what they are rated.
select found.image, images.rating, found.scores
from (
    select image, scores, at from picture_scores
    union all
    select cases.image, cases.facts -> 'scores', cases.opened_at from cases
    where jsonb_typeof(cases.facts -> 'scores') = 'object' and cases.image is not null
        and not exists (select from picture_scores where picture_scores.image = cases.image)
) found
left join images on images.id = found.image
order by found.at desc limit %(last)s;

-- name: shadow_unscored
-- Of how many of the newest images no score was written down.
select count(*) as unscored from (select id from images order by created_at desc, id limit %(last)s) newest
where not exists (select from picture_scores where picture_scores.image = newest.id)
    and not exists (
        select from cases where cases.image = newest.id and jsonb_typeof(cases.facts -> 'scores') = 'object'
    );

-- name: keep_trial
-- What came of a version in shadow.
insert into policy_trials (version, against, looked_at, differences, untried)
values (%(version)s, %(against)s, %(looked_at)s::jsonb, %(differences)s::jsonb, %(untried)s::jsonb);

-- name: trial_of_version
-- What came of one version in shadow.
select version, against, at, looked_at, differences, untried from policy_trials where version = %(version)s;

-- name: trials
-- What came of every version in shadow.
select version, against, at, looked_at, differences, untried from policy_trials order by version;
