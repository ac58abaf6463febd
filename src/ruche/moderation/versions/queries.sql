-- name: shadow_refusals
-- The newest texts that were refused.
select id, field, canonical, rating from refusals order by at desc, id desc limit %(last)s;

-- name: shadow_jobs
-- The texts of the newest jobs.
select id, rating, recipe ->> 'prompt' as prompt, recipe ->> 'negative_prompt' as negative
from jobs order by id desc limit %(last)s;

-- name: shadow_pictures
-- The newest pictures whose scores were written down, and what they are rated.
select cases.image, images.rating, cases.facts -> 'scores' as scores
from cases left join images on images.id = cases.image
where cases.image is not null and jsonb_typeof(cases.facts -> 'scores') = 'object'
order by cases.opened_at desc limit %(last)s;
