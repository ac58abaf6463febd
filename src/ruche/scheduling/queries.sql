-- name: put
-- Let a job into the line, with its event, in one statement; no row where the member's limit is reached.
with turn as (
    insert into turns (member, vtime, waiting)
    select %(member)s, last_value / 1e6, 1 from queue_clock
    on conflict (member) do update
        set waiting = turns.waiting + 1,
            vtime = case when turns.waiting = 0 then greatest(turns.vtime, excluded.vtime) else turns.vtime end
        where turns.waiting + (select count(*) from claims where claims.member = %(member)s) < least(
            %(limit)s,
            (
                select %(newcomer_waiting)s from members
                where id = %(member)s and role = 'member'
                    and created_at > now() - %(newcomer_days)s * interval '1 day'
            )
        )
    returning waiting
), job as (
    insert into jobs (id, member, recipe, ask_key, ask_hash, policy, rating)
    select %(job)s, %(member)s, %(recipe)s, %(key)s::text, %(hash)s::bytea, %(policy)s, %(rating)s::text
    from turn
    returning created_at
), place as (
    insert into queue (member, job, model, cost)
    select %(member)s, %(job)s, %(model)s::text, %(cost)s from turn
), event as (
    insert into events (tag, actor, subject, facts)
    select %(tag)s::text, %(actor)s, %(subject)s::text, %(facts)s from turn
)
select turn.waiting, job.created_at from turn, job;

-- name: job_by_key
-- What this member asked with this key before.
select * from standing_jobs where member = %(member)s and ask_key = %(key)s;

-- name: claim
-- Give a worker the first job of each of the members whose turn it is: delete, charge, record, hold.
with served as materialized (
    select * from (
        select turns.member, turns.vtime, first.place
        from turns
        cross join lateral (
            select place from queue
            where queue.member = turns.member
                and (%(models)s::text[] is null or queue.model = any(%(models)s::text[]))
            order by place
            limit 1
        ) first
        where turns.in_line and turns.member <> all(%(but)s::bigint[])
        order by turns.vtime, turns.member
        -- A number, so that the planner sees how little this is; rows are locked only as they are taken.
        limit 16
        for update of turns skip locked
    ) next
    limit %(most)s
), taken as (
    delete from queue using served
    where queue.member = served.member and queue.place = served.place
    returning queue.*, served.vtime
), charged as (
    update turns set waiting = turns.waiting - 1, vtime = turns.vtime + taken.cost / turns.weight
    from taken
    where turns.member = taken.member
), held as (
    insert into claims (job, member, place, model, cost, worker, attempt, lease_until)
    select job, member, place, model, cost, %(worker)s, attempts + 1, now() + %(lease)s * interval '1 second'
    from taken
), clock as materialized (
    select
        setval('queue_clock', greatest(last_value, (select (min(vtime) * 1e6)::bigint from taken))),
        -- A claim that is lost with the server is a job that waits as before: no need to await the disk.
        set_config('synchronous_commit', 'off', true)
    from queue_clock
    where exists (select from taken)
)
select taken.job, taken.member, jobs.recipe, taken.attempts + 1 as attempt, jobs.done
from taken join jobs on jobs.id = taken.job cross join clock
order by taken.vtime, taken.member;

-- name: renew
-- Hold these jobs longer; those that do not come back are lost to this worker.
update claims set lease_until = now() + %(lease)s * interval '1 second'
where job = any(%(jobs)s) and worker = %(worker)s
returning job, set_config('synchronous_commit', 'off', true);

-- name: rating_of_job
-- What a job was asked for as.
select rating from jobs where id = %(job)s;

-- name: general_models
-- Which model each of these jobs draws with, of those that are general.
select id, recipe ->> 'model' as model from jobs where id = any(%(jobs)s::uuid[]) and rating = 'general';

-- name: hold_claim
-- Keep the claim as it is until this transaction ends, where this worker still has it.
select from claims where job = %(job)s and worker = %(worker)s and attempt = %(attempt)s for update;

-- name: mark_place
-- Remember that the image at this place is delivered; tells whether it was before.
with before as (
    select id, done & (1 << %(place)s) <> 0 as already from jobs where id = %(job)s for update
)
update jobs set done = done | (1 << %(place)s)::smallint
from before
where jobs.id = before.id
returning jobs.done, before.already;

-- name: settle
-- End the claim and the job with it; touches nothing where this worker no longer has it.
with held as (
    delete from claims where job = %(job)s and worker = %(worker)s and attempt = %(attempt)s
    returning job, attempt, begun_at
)
update jobs set state = %(state)s, code = %(code)s::text, reason = %(reason)s::text,
    attempts = held.attempt, started_at = held.begun_at, finished_at = now()
from held
where jobs.id = held.job;

-- name: give_back
-- A worker hands jobs back before their time: into their old places, the attempt not counted.
with turn as materialized (
    select member from turns
    where member in (select member from claims where job = any(%(jobs)s))
    order by member
    for update
), gone as (
    delete from claims using turn
    where claims.member = turn.member and job = any(%(jobs)s) and worker = %(worker)s
    returning claims.*
), again as (
    insert into queue (member, place, job, model, cost, attempts)
    select member, place, job, model, cost, attempt - 1 from gone
), refunded as (
    update turns set waiting = waiting + back.jobs, vtime = greatest(0, vtime - back.cost / weight)
    from (select member, count(*) as jobs, sum(cost) as cost from gone group by member) back
    where turns.member = back.member
)
select job from gone;

-- name: reap
-- Take jobs from workers whose lease ran out: back into their old places, or failed after the last attempt.
with turn as materialized (
    select member from turns
    where member in (select member from claims where lease_until < now())
        and now() - pg_postmaster_start_time() > %(grace)s * interval '1 second'
    order by member
    for update skip locked
), gone as (
    delete from claims using turn
    where claims.member = turn.member and lease_until < now()
    returning claims.*
), again as (
    insert into queue (member, place, job, model, cost, attempts)
    select member, place, job, model, cost, attempt from gone where attempt < %(attempts)s
), failed as (
    update jobs set state = 'failed', code = %(code)s, reason = %(reason)s,
        attempts = gone.attempt, started_at = gone.begun_at, finished_at = now()
    from gone
    where jobs.id = gone.job and gone.attempt >= %(attempts)s
), refunded as (
    update turns set waiting = waiting + back.jobs, vtime = greatest(0, vtime - back.cost / weight)
    from (
        select member, count(*) filter (where attempt < %(attempts)s) as jobs, sum(cost) as cost
        from gone
        group by member
    ) back
    where turns.member = back.member
)
select job, attempt < %(attempts)s as again from gone;

-- name: lock_turn
-- The job's owner's row, locked, where the job is this member's.
select turns.member from jobs join turns on turns.member = jobs.member
where jobs.id = %(job)s and jobs.member = %(member)s
for update of turns;

-- name: cancel
-- Take the job out of wherever it is. A claim's charge stays: what was computed was computed.
with waiting as (
    delete from queue where job = %(job)s returning attempts
), held as (
    delete from claims where job = %(job)s returning attempt, begun_at
), turn as (
    update turns set waiting = turns.waiting - 1
    where member = %(member)s and exists (select from waiting)
)
update jobs set state = 'cancelled', finished_at = now(),
    attempts = coalesce((select attempts from waiting), (select attempt from held), 0),
    started_at = (select begun_at from held)
where id = %(job)s and state = 'queued'
returning exists (select from held) as held;

-- name: unfinished_mature
-- The mature jobs that have not ended, in the order in which turns are locked.
select id, member from jobs where rating = 'mature' and state = 'queued' order by member, id;

-- name: lock_own_turn
-- A member's row, locked.
select member from turns where member = %(member)s for update;

-- name: cancel_all
-- Take everything of a member's out of the line and away from its workers.
with waiting as (
    delete from queue where member = %(member)s returning job, attempts
), held as (
    delete from claims where member = %(member)s returning job, attempt, begun_at
), turn as (
    update turns set waiting = turns.waiting - (select count(*) from waiting) where member = %(member)s
), gone as (
    select job, attempts, null::timestamptz as begun_at, false as held from waiting
    union all
    select job, attempt, begun_at, true from held
)
update jobs set state = 'cancelled', finished_at = now(), attempts = gone.attempts, started_at = gone.begun_at
from gone
where jobs.id = gone.job and jobs.state = 'queued'
returning jobs.id as job, gone.held;

-- name: ahead
-- How many jobs go before this one if nothing changes: a bounded look at the members before its owner.
with mine as (
    select queue.member, queue.place, turns.weight,
        turns.vtime + (
            select coalesce(sum(cost), 0) from (
                select cost from queue earlier
                where earlier.member = queue.member and earlier.place < queue.place
                order by earlier.place
                limit %(limit)s
            ) before
        ) / turns.weight as start
    from queue join turns on turns.member = queue.member
    where queue.job = %(job)s
), before as (
    select 1
    from mine
    cross join lateral (
        select turns.member, turns.vtime, turns.weight from turns
        where in_line and (turns.vtime, turns.member) <= (mine.start, mine.member)
        order by turns.vtime, turns.member
        limit %(limit)s + 1
    ) turn
    cross join lateral (
        select line.place,
            turn.vtime + (sum(line.cost) over (order by line.place) - line.cost) / turn.weight as start
        from (
            select place, cost from queue
            where queue.member = turn.member
            order by place
            limit %(limit)s + 1
        ) line
    ) other
    where case
        when turn.member = mine.member then other.place < mine.place
        else (other.start, turn.member) < (mine.start, mine.member)
    end
    limit %(limit)s + 1
)
select (select count(*) from before) as jobs from mine;

-- name: job
-- One job of this member's.
select * from standing_jobs where id = %(job)s and member = %(member)s;

-- name: jobs_among
-- Those of these jobs that are this member's.
select * from standing_jobs where id = any(%(jobs)s) and member = %(member)s order by created_at, id;

-- name: history
-- The member's jobs, newest first, a page at a time.
select * from standing_jobs
where member = %(member)s
    and (
        %(before)s::uuid is null
        or (created_at, id) < (select created_at, id from jobs where id = %(before)s and member = %(member)s)
    )
order by created_at desc, id desc
limit %(limit)s;

-- name: unfinished
-- The member's jobs that wait or are under way, all of them (their limit bounds them), newest first.
select * from standing_jobs
where id in (
    select job from queue where member = %(member)s
    union all
    select job from claims where member = %(member)s
)
order by created_at desc, id desc;

-- name: failed_lately
-- The member's jobs that failed within this time, newest first. Asked for within a week, so that the
-- index on (member, created_at) spares the look at everything they ever asked for.
select * from standing_jobs
where member = %(member)s and state = 'failed'
    and created_at > now() - interval '7 days' and finished_at > now() - %(within)s
order by created_at desc, id desc
limit %(limit)s;

-- name: standing
-- Where a job stands, for whoever follows it.
select state, done, code, reason from standing_jobs where id = %(job)s;

-- name: waiting
-- How many jobs this member has waiting and under way.
select coalesce((select waiting from turns where member = %(member)s), 0)
    + (select count(*) from claims where member = %(member)s) as jobs;

-- name: tell
-- Send these payloads to whoever listens, all in one round trip.
select pg_notify(%(channel)s, payload) from unnest(%(payloads)s::text[]) payload;
