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

-- name: fill_moderators
-- And people who decide.
insert into members (name, role, created_at)
select 'moderator ' || i, 'moderator', now() - interval '1 year' from generate_series(1, %(moderators)s) i
returning id;

-- name: fill_images
-- An image for each case, of as many jobs; they are numbered as the jobs are.
with made as (
    insert into jobs (id, member, recipe, state, finished_at)
    select (lpad(to_hex(i), 12, '0') || '70008000000000000000')::uuid, 1 + i %% 50000, %(recipe)s::jsonb,
        'delivered', now()
    from generate_series(1, %(cases)s) i
    returning id, member, recipe
)
insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds, shown, signed_at,
    created_at)
select id, id, 0, member, recipe, 512, 512, 300000, sha256(id::text::bytea), 1, 'maker', now(),
    now() - random() * interval '80 days'
from made;

-- name: fill_cases
-- Open cases of every kind but the last two, some restricted, each about an image whose maker has a history.
insert into cases (id, kind, image, member, restricted, risk, cluster, opened_at, due_at, facts)
select
    gen_random_uuid(),
    (array['match', 'notice', 'report', 'held', 'publish', 'appeal', 'near_miss', 'sample'])[1 + i %% 8],
    (lpad(to_hex(i), 12, '0') || '70008000000000000000')::uuid,
    1 + i %% 50000, i %% 8 = 0, i %% 9, decode(lpad(to_hex(i / 3), 8, '0'), 'hex'),
    now() - random() * interval '60 hours', now() + (random() - 0.3) * interval '72 hours',
    jsonb_build_object('appeal', md5('appeal' || i)::uuid)
from generate_series(1, %(cases)s) i;

-- name: fill_closed_cases
-- As many that were decided before, of the random sample.
insert into cases (id, kind, image, member, risk, opened_at, due_at, closed_at, outcome)
select md5('closed' || i)::uuid, 'sample', md5('gone' || i)::uuid, 1 + i %% 50000, 8,
    now() - interval '9 days', now() - interval '6 days', now() - random() * interval '20 days',
    case when i %% 50 = 0 then 'hide' else 'keep' end
from generate_series(1, %(cases)s) i;

-- name: fill_decisions
-- What was decided on them: one in fifty restricts.
insert into decisions (id, "case", actor, act, code, image, member, policy, took, at)
select md5('decided' || i)::uuid, md5('closed' || i)::uuid, 50001 + i %% 8,
    case when i %% 50 = 0 then 'hide' else 'keep' end, case when i %% 50 = 0 then 'spam' else 'routine' end,
    md5('gone' || i)::uuid, 1 + i %% 50000, 0, nextval('decisions_order'), now() - random() * interval '20 days'
from generate_series(1, %(cases)s) i;

-- name: fill_samples
-- What they found.
insert into samples (image, "case", at, bad)
select image, id, closed_at, outcome = 'hide' from cases where closed_at is not null;

-- name: fill_statements
-- Why something was restricted; and what the open appeals are about.
insert into statements (id, member, decision, restriction, code, words, automated, appeal_by)
select md5('told' || i)::uuid, 1 + i %% 50000, md5('decided' || i)::uuid, 'hide', 'spam', 'It is advertising.',
    false, now() + interval '9 days'
from generate_series(1, %(cases)s) i where i %% 50 = 0 or i %% 8 = 5;

-- name: fill_appeals
-- The open appeals.
insert into appeals (id, statement, words)
select md5('appeal' || i)::uuid, md5('told' || i)::uuid, 'Please look again.'
from generate_series(1, %(cases)s) i where i %% 8 = 5;

-- name: fill_reports
-- What was said about what is reported.
insert into reports (id, "case", image, member, contact, receipt, ground, words)
select gen_random_uuid(), id, image, case when kind = 'report' then 1 + (member + 7) %% 50000 end,
    case when kind = 'notice' then 'somebody@example.org' end, sha256(id::text::bytea),
    case when kind = 'report' then 'hate' else 'depicted' end, 'Please look at this one.'
from cases where kind in ('report', 'notice') and closed_at is null;

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
