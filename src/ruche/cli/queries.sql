-- name: be_patient
-- A million rows take longer than a page may; and what is made here needs no second look.
select set_config('statement_timeout', '0', false), set_config('session_replication_role', 'replica', false);

-- name: fill_members
-- Members to ask for the benchmark's jobs.
insert into members (name, created_at)
select 'member ' || i, now() - interval '1 year' from generate_series(1, %(members)s) i;

-- name: fill_jobs
-- Waiting jobs, a few members having very many; ids in the order of time, as they are made.
insert into jobs (id, member, recipe)
select
    (lpad(to_hex(i), 12, '0') || %(ending)s::text)::uuid,
    1 + floor(%(members)s * power(random(), 3))::bigint,
    %(recipe)s::jsonb
from generate_series(1, %(jobs)s) i;

-- name: fill_queue
-- Their places in the line.
insert into queue (member, job, model, cost)
select member, id, recipe ->> 'model', %(cost)s from jobs order by id;

-- name: fill_turns
-- Their members' turns.
insert into turns (member, vtime, waiting)
select member, random() * 100, count(*) from queue group by member;

-- name: fill_fifo
-- The same jobs in the queue that everybody writes first: one table, a state, oldest first.
create table fifo as
select id, member, recipe, 'queued' as state, null::uuid as worker,
    now() - random() * interval '1 hour' as created_at
from jobs;

-- name: index_fifo
-- What such a table has at least.
alter table fifo add primary key (id), alter created_at set default now();

-- name: index_fifo_line
-- And the order in which it is served.
create index fifo_line on fifo (state, created_at);

-- name: tidy
-- As autovacuum would have left it.
vacuum analyze;

-- name: fifo_put
-- Accept into the peer's queue, with the same event.
with job as (
    insert into fifo (id, member, recipe, state) values (%(job)s, %(member)s, %(recipe)s::jsonb, 'queued')
    returning id
)
insert into events (tag, actor, subject, facts) select 'job:ask', %(member)s, 'job:' || id, '{}' from job;

-- name: fifo_claim
-- Claim from the peer's queue.
update fifo set state = 'running', worker = %(worker)s
where id in (
    select id from fifo where state = 'queued' order by created_at limit %(most)s for update skip locked
)
returning id, recipe;

-- name: fifo_settle
-- Settle in the peer's queue.
update fifo set state = 'delivered' where id = %(job)s and worker = %(worker)s;

-- name: hot_bytes
-- How large the tables are that a claim touches, indexes included.
select pg_total_relation_size('queue') + pg_total_relation_size('turns') + pg_total_relation_size('claims')
    as bytes;

-- name: fill_cases
-- Open cases of every kind but the last two, some restricted, half of them about images with a history.
insert into cases (id, kind, member, restricted, risk, cluster, opened_at, due_at)
select
    gen_random_uuid(),
    (array['match', 'notice', 'report', 'held', 'publish', 'appeal', 'near_miss', 'sample'])[1 + i %% 8],
    1 + i %% 50000, i %% 8 = 0, i %% 9, decode(lpad(to_hex(i / 3), 8, '0'), 'hex'),
    now() - random() * interval '60 hours', now() + (random() - 0.3) * interval '72 hours'
from generate_series(1, %(cases)s) i;

-- name: fill_closed_cases
-- As many that were decided before.
insert into cases (id, kind, member, risk, opened_at, due_at, closed_at, outcome)
select gen_random_uuid(), 'sample', 1 + i %% 50000, 8, now() - interval '9 days', now() - interval '6 days',
    now() - interval '7 days', 'keep'
from generate_series(1, %(cases)s) i;

-- name: fill_decisions
-- What was decided on them.
insert into decisions (id, "case", actor, act, code, member, policy, took)
select gen_random_uuid(), id, 50001, 'keep', 'routine', member, 0, nextval('decisions_order')
from cases where closed_at is not null;

-- name: tidy_desk
-- Let the planner know, as autovacuum would.
analyze cases, decisions;

-- name: offset_page
-- The peer's page: count over what was seen before.
select * from cases
where closed_at is null and (not restricted or %(restricted)s)
order by risk, due_at, id
limit %(limit)s offset %(offset)s;

-- name: offset_counts
-- The peer's counts: all of them.
select kind, count(*) from cases
where closed_at is null and (not restricted or %(restricted)s)
group by kind;

-- name: peer_audit
-- The peer's audit: a row, without a chain.
insert into events (tag, actor, subject, facts) values ('case:decide', null, %(subject)s, %(facts)s);
