-- The whole database of a Ruche, as it stands. Core PostgreSQL 15+ only, no extensions.
-- A new database is made from this file; an older one is brought here by migrations/. A test proves
-- that both roads end in the same place.

-- Members and how they come in ---------------------------------------------------------------------

create table members (
    id          bigint generated always as identity primary key,
    name        text not null check (length(name) between 1 and 60),
    -- The name with its capitals folded by Unicode's rules; lower() knows only ASCII in some locales.
    name_key    text unique,
    role        text not null default 'member' check (role in ('operator', 'moderator', 'member')),
    created_at  timestamptz not null default now(),
    disabled_at timestamptz
);
create unique index members_name on members (lower(name));

-- A link that lets its holder in once: with a member, it signs that member in; without, whoever opens
-- it joins with the role. Only the hash of its token is kept.
create table links (
    id         bigint generated always as identity primary key,
    token_hash bytea not null unique,
    member     bigint references members on delete cascade,
    role       text check (role in ('operator', 'moderator', 'member')),
    made_by    bigint references members on delete set null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz,
    used_by    bigint references members on delete set null,
    check ((member is null) <> (role is null))
);

create table sessions (
    token_hash bytea primary key,
    member     bigint not null references members on delete cascade,
    csrf       text not null,
    browser    text not null default '',
    created_at timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    expires_at timestamptz not null
);
create index sessions_member on sessions (member);

-- Personal API tokens: shown once, kept as a hash.
create table tokens (
    id         bigint generated always as identity primary key,
    token_hash bytea not null unique,
    member     bigint not null references members on delete cascade,
    name       text not null check (length(name) between 1 and 60),
    scopes     text[] not null check (scopes <@ array['ask', 'read', 'discard'] and cardinality(scopes) > 0),
    created_at timestamptz not null default now(),
    used_at    timestamptz,
    revoked_at timestamptz
);
create index tokens_member on tokens (member);

-- Jobs: the durable record. Written at ask, as its images are delivered, and at its end. That a job is
-- under way is not written here but is its row in `claims`, so that a claim leaves this wide table alone;
-- the view `standing_jobs` puts the two together. ----------------------------------------------------

create table jobs (
    id          uuid primary key,
    member      bigint not null references members on delete cascade,
    recipe      jsonb not null,
    state       text not null default 'queued'
                check (state in ('queued', 'delivered', 'cancelled', 'failed')),
    -- How often a worker had begun it, in the end.
    attempts    smallint not null default 0,
    -- Which of its images were delivered, one bit a place. Outlives the images: one that was discarded is
    -- not made again.
    done        smallint not null default 0,
    -- Why it failed, as a code and a sentence.
    code        text,
    reason      text,
    -- The key that makes asking twice the same as asking once, and the hash of what was asked with it.
    ask_key     text check (length(ask_key) <= 200),
    ask_hash    bytea,
    created_at  timestamptz not null default now(),
    -- When the last attempt began.
    started_at  timestamptz,
    finished_at timestamptz,
    check ((state = 'failed') = (code is not null)),
    check ((state = 'queued') = (finished_at is null))
);
create unique index jobs_ask_key on jobs (member, ask_key) where ask_key is not null;
create index jobs_member on jobs (member, created_at desc, id desc);

-- The hot tables of the queue: narrow, inserted and deleted, so that a million waiting jobs cost a
-- claim nothing. --------------------------------------------------------------------------------------

-- One row a member who has ever asked: whose turn it is. Who changes a member's queue, claims or turn
-- locks this row first, so that no two ever wait for each other.
create table turns (
    member  bigint primary key references members on delete cascade,
    -- Virtual time: the cost charged so far, over the weight.
    vtime   double precision not null default 0,
    weight  real not null default 1 check (weight > 0),
    waiting integer not null default 0 check (waiting >= 0),
    -- A column of its own, so that the index below stays as it is when a second job joins a first.
    in_line boolean generated always as (waiting > 0) stored
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index turns_next on turns (vtime, member) where in_line;

-- The house's virtual time, in millionths. A sequence and not a row: it is moved on by every claim, and
-- nobody may wait for that or leave dead rows behind (scheduling/fairness.py).
create sequence queue_clock minvalue 0;

create sequence queue_order;

-- One row a waiting job. `place` keeps a member's own order; a job that comes back keeps its place.
create table queue (
    member bigint not null,
    place  bigint not null default nextval('queue_order'),
    job    uuid not null,
    model  text not null,
    -- Predicted: image steps at 512 x 512.
    cost   real not null check (cost > 0),
    -- How often a worker has begun it and vanished.
    attempts smallint not null default 0,
    primary key (member, place)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create unique index queue_job on queue (job);

-- One row a job that a worker holds. Worker and attempt fence: who lost the lease cannot settle. Few
-- rows, so no index on the lease: renewing one then touches no index.
create table claims (
    job         uuid primary key,
    member      bigint not null,
    place       bigint not null,
    model       text not null,
    cost        real not null,
    worker      uuid not null,
    attempt     smallint not null,
    begun_at    timestamptz not null default now(),
    lease_until timestamptz not null
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index claims_member on claims (member);

-- Jobs as they stand at this moment.
create view standing_jobs as
select jobs.id, jobs.member, jobs.recipe,
    case when claims.job is null then jobs.state else 'running' end as state,
    coalesce(claims.attempt, queue.attempts, jobs.attempts) as attempts,
    jobs.done, jobs.code, jobs.reason, jobs.ask_key, jobs.ask_hash, jobs.created_at,
    coalesce(claims.begun_at, jobs.started_at) as started_at, jobs.finished_at
from jobs
left join claims on claims.job = jobs.id
left join queue on queue.job = jobs.id;

-- Images ------------------------------------------------------------------------------------------------

create table images (
    id         uuid primary key,
    job        uuid not null references jobs on delete cascade,
    -- From 0, in the order of the recipe's seeds.
    place      smallint not null check (place >= 0),
    member     bigint not null references members on delete cascade,
    -- The recipe of this one image: count 1, its own seed.
    recipe     jsonb not null,
    width      integer not null,
    height     integer not null,
    bytes      integer not null,
    sha256     bytea not null,
    -- A colour placeholder, so that a page does not move while the image loads (CSS hex colour).
    tint       text not null default '#888888',
    -- Engine seconds that it took.
    seconds    real not null,
    created_at timestamptz not null default now(),
    -- Delivered exactly once, whatever is retried.
    unique (job, place)
);
create index images_member on images (member, created_at desc, id desc);

-- Keys of files that must go unless an image stands for them. Written before a file is put and taken
-- away with the image's row; written with the deletion of a row and taken away after the file is gone.
-- What a crash leaves here, the sweep finishes.
create table loose_files (
    image    uuid not null,
    -- While a worker holds this job, it may be about to put the file.
    job      uuid not null,
    loose_at timestamptz not null default now(),
    -- Its digest: each attempt at an image has files of its own. Empty before there were signatures.
    sha256   bytea not null default '',
    primary key (image, sha256)
);

-- The ledger ------------------------------------------------------------------------------------------

create table events (
    id      bigint generated always as identity primary key,
    at      timestamptz not null default now(),
    tag     text not null check (tag ~ '^[a-z]+(:[a-z]+){1,2}$'),
    actor   bigint,
    subject text not null,
    facts   jsonb not null default '{}'
);
create index events_subject on events (subject, id);

create function events_are_kept() returns trigger language plpgsql as $$
begin
    raise exception 'events are append-only';
end $$;
create trigger events_are_kept before update or delete on events
    for each row execute function events_are_kept();

-- Which migrations this database has seen.
create table migrations (
    name    text primary key,
    done_at timestamptz not null default now()
);
