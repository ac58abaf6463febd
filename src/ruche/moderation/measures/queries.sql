-- name: oldest_case
-- For how many hours the oldest open case has been waiting. Requests of artists have a longer clock of their
-- own, and anybody may send one: they pause nothing.
select extract(epoch from now() - min(opened_at)) / 3600 as hours from cases
where closed_at is null and kind <> 'optout';

-- name: restricted_waiting
-- How many restricted cases are open, and whether anybody with such a role is there to see them.
select (select count(*) from cases where closed_at is null and restricted) as open, exists (
    select from duties join members on members.id = duties.member
    where duty = 'restricted' and role = any(%(roles)s::text[]) and disabled_at is null
) as seen;

-- name: queue_ages
-- How old the open cases are, in hours; a clock that was set back makes none younger than new.
select count(*) as open, count(*) filter (where due_at < now()) as late,
    coalesce(max(hours), 0)::float8 as oldest,
    coalesce(percentile_cont(0.5) within group (order by hours), 0)::float8 as median,
    coalesce(percentile_cont(0.9) within group (order by hours), 0)::float8 as p90
from (
    select due_at, greatest(extract(epoch from now() - opened_at), 0)::float8 / 3600 as hours
    from cases where closed_at is null
) open_cases;

-- name: handling
-- How long each kind of case took, in hours.
select kind, count(*) as decided,
    percentile_cont(0.5) within group (order by hours)::float8 as median,
    percentile_cont(0.9) within group (order by hours)::float8 as p90,
    count(*) filter (where late) as late
from (
    select kind, closed_at > due_at as late,
        greatest(extract(epoch from closed_at - opened_at), 0)::float8 / 3600 as hours
    from cases where closed_at > now() - make_interval(days => %(days)s)
) decided
group by kind
order by kind;

-- name: overturned_by_reason
-- For each rule or reason: its decisions, those that others looked at again, and those that fell. A refused
-- prompt becomes a decision when it is appealed, so those that were not are counted where they are kept.
select who, sum(decided)::bigint as decided, sum(looked_again)::bigint as looked_again,
    sum(fell)::bigint as fell
from (
    select coalesce(decisions.prior ->> 'rule', decisions.code) as who,
        count(*) filter (where decisions.act <> 'prompt') as decided,
        count(*) filter (where looks.again) as looked_again, count(*) filter (where looks.fell) as fell
    from decisions join looks on looks.decision = decisions.id
    where decisions.undoes is null and decisions.at > now() - make_interval(days => %(days)s)
        and decisions.took is not null and decisions.act not in ('uphold', 'overturn')
    group by 1
    union all
    select rule, count(*), 0, 0 from refusals
    where at > now() - make_interval(days => %(days)s)
    group by rule
) both_kinds
group by who
order by 4 desc, 1;

-- name: overturned_by_reviewer
-- The same for each person who decided.
select decisions.actor as who, count(*) as decided,
    count(*) filter (where looks.again) as looked_again, count(*) filter (where looks.fell) as fell
from decisions join looks on looks.decision = decisions.id
where decisions.undoes is null and decisions.at > now() - make_interval(days => %(days)s)
    and decisions.took is not null and decisions.actor is not null
    and decisions.act not in ('uphold', 'overturn')
group by 1
order by 4 desc, 1;

-- name: sampled
-- What the sample of the last days found; the first look counts, the second tells whether they agree.
select count(bad) as looked, count(*) filter (where bad) as bad,
    count(*) filter (where not bad and at > coalesce(
        (select max(at) from samples where bad and at > now() - make_interval(days => %(days)s)),
        '-infinity')) as since_bad,
    count(*) filter (where bad and bad_two) as both_bad,
    count(*) filter (where bad and not bad_two) as first_bad,
    count(*) filter (where not bad and bad_two) as second_bad,
    count(*) filter (where not bad and not bad_two) as both_fine
from samples where at > now() - make_interval(days => %(days)s);

-- name: sampled_since
-- What the sample found since a moment.
select count(bad) as looked, count(*) filter (where bad) as bad from samples where at >= %(since)s;

-- name: last_draw
-- Images made before `until` had their chance; one process draws at a time, and none waits for it.
select least(until, now()) as until, now() as now from samples_drawn for update skip locked;

-- name: draw
-- Images made meanwhile that nobody said anything about, and for each whether it is drawn.
select id, member, created_at, random() < %(share)s as drawn, random() < %(twice)s as again
from images
where created_at > %(since)s and created_at <= %(until)s and shown <> 'held'
    and not exists (select from cases where cases.image = images.id)
order by created_at, id
limit %(most)s;

-- name: draw_until
-- From here on the next draw begins.
update samples_drawn set until = %(until)s;

-- name: add_sample
-- An image is in the sample.
insert into samples (image, "case", second) values (%(image)s, %(case)s, %(second)s) on conflict do nothing;

-- name: twin_of_sample
-- The other case of an image that two people look at.
select case when "case" = %(case)s then second else "case" end as twin from samples
where "case" = %(case)s or second = %(case)s;

-- name: sample_found
-- What somebody found who looked at a sample.
update samples set
    bad = case when "case" = %(case)s then %(bad)s else bad end,
    bad_two = case when second = %(case)s then %(bad)s else bad_two end
where "case" = %(case)s or second = %(case)s;

-- name: sample_unfound
-- What was found is taken back.
update samples set
    bad = case when "case" = %(case)s then null else bad end,
    bad_two = case when second = %(case)s then null else bad_two end
where "case" = %(case)s or second = %(case)s;

-- name: public_counts
-- What was decided and asked since a moment, by the closed lists of the desk alone.
select 'images' as section, 'made' as name, count(*)::float8 as value from images where created_at >= %(since)s
union all
select 'cases_opened', kind, count(*)::float8 from cases where opened_at >= %(since)s group by kind
union all
select 'cases_open', kind, count(*)::float8 from cases where closed_at is null group by kind
union all
select 'decisions', act, count(*)::float8 from decisions
where at >= %(since)s and took is not null and undoes is null and act not in ('uphold', 'overturn', 'prompt')
group by act
union all
select 'reasons', statements.code, count(*)::float8 from statements
where at >= %(since)s and restriction <> 'prompt'
group by statements.code
union all
select 'restrictions', case when automated then 'by_a_program' else 'by_people' end, count(*)::float8
from statements where at >= %(since)s and restriction <> 'prompt'
group by automated
union all
select 'prompts', 'refused', count(*)::float8 from refusals where at >= %(since)s
union all
select 'prompts_refused_for', category, count(*)::float8 from refusals where at >= %(since)s group by category
union all
select case when member is null then 'notices' else 'reports' end, ground, count(*)::float8
from reports where at >= %(since)s
group by member is null, ground
union all
select 'outcomes_of_reports', outcome, count(*)::float8 from reports
where at >= %(since)s and outcome is not null
group by outcome
union all
select 'appeals', case upheld when true then 'decision_stands' when false then 'decision_undone' else 'open' end,
    count(*)::float8
from appeals where at >= %(since)s
group by upheld
union all
select 'undone', act, count(*)::float8 from (
    select decisions.act from decisions join decisions undoing on undoing.undoes = decisions.id
    where undoing.at >= %(since)s and decisions.took is not null
) fell
group by act
order by 1, 3 desc, 2;

-- name: public_times
-- How long it took, in hours, by kind.
select 'hours_to_decide' as section, kind as name,
    round((percentile_cont(0.5) within group (
        order by greatest(extract(epoch from closed_at - opened_at), 0)))::numeric / 3600, 2)::float8 as value,
    'hours' as unit
from cases where closed_at >= %(since)s
group by kind
order by kind;

-- name: kept_figures
-- What was counted within half an hour; a clock that was set back makes none last longer.
select counted from figures
where what = %(what)s and at > now() - interval '30 minutes' and at <= now() + interval '1 minute';

-- name: keep_figures
-- What was counted just now.
insert into figures (what, counted) values (%(what)s, %(counted)s)
on conflict (what) do update set at = now(), counted = excluded.counted;

-- name: forget_figures
-- Nothing is kept.
delete from figures;

-- name: largest_table
-- About how many rows there are of what is counted most.
select greatest(max(reltuples), 0)::bigint as most from pg_class
where oid in ('cases'::regclass, 'decisions'::regclass, 'images'::regclass, 'refusals'::regclass);
