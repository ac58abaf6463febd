-- Supervision: what the house decides about texts, images and people, and how each decision can be
-- looked into and undone.

-- What a house is. It takes outside pixels, or it makes mature images, or neither: never both, and no
-- setting can say otherwise. ---------------------------------------------------------------------------

create table house_mode (
    one     boolean primary key default true check (one),
    outside boolean not null default false,
    mature  boolean not null default false,
    check (not (outside and mature))
);
insert into house_mode default values;

-- The operator's policy, version by version. 0 is the one that the program ships. Nobody adopts their own
-- proposal.
create table policies (
    version     integer generated always as identity primary key,
    text        text not null check (length(text) <= 65536),
    -- Tells a process whether it has read this text before.
    mark        text not null generated always as (md5(text)) stored,
    proposed_by bigint not null references members on delete restrict,
    proposed_at timestamptz not null default now(),
    adopted_by  bigint references members on delete restrict,
    adopted_at  timestamptz,
    check (adopted_by <> proposed_by),
    check ((adopted_by is null) = (adopted_at is null))
);
-- What a version says is never changed, since decisions name it; it can only be adopted, once.
create function policies_are_kept() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.adopted_at is null
        and (old.version, old.text, old.proposed_by, old.proposed_at)
            = (new.version, new.text, new.proposed_by, new.proposed_at) then
        return new;
    end if;
    raise exception 'a version of the policy stays as it is';
end $$;
create trigger policies_are_kept before update or delete on policies
    for each row execute function policies_are_kept();

-- Jobs and images know what they may be rated. A mature job has no input image: it is text alone.
alter table jobs
    add column rating text not null default 'general' check (rating in ('general', 'mature')),
    add column inputs smallint not null default 0 check (inputs >= 0),
    add column policy integer not null default 0,
    add constraint jobs_mature_is_text_only check (rating = 'general' or inputs = 0);

alter table images
    add column rating text not null default 'general' check (rating in ('general', 'mature')),
    -- The most it may ever be rated: the least of all that it was made from. It only goes down.
    add column cap text not null default 'general' check (cap in ('general', 'mature')),
    add column parent uuid,
    -- Who may see it: nobody but those who decide (held), its maker, or all members.
    add column shown text not null default 'maker' check (shown in ('held', 'maker', 'members')),
    -- When its file was signed; without it nobody is served the file.
    add column signed_at timestamptz,
    add column published_at timestamptz,
    add constraint images_rating_within_cap check (rating = 'general' or cap = 'mature'),
    add constraint images_shown_is_signed check (shown <> 'members' or signed_at is not null);

-- Images from before there were signatures, until each has one.
create index images_unsigned on images (created_at) where signed_at is null;

create function caps_only_go_down() returns trigger language plpgsql as $$
begin
    if old.cap = 'general' and new.cap = 'mature' then
        raise exception 'the cap of an image only goes down';
    end if;
    return new;
end $$;
create trigger caps_only_go_down before update on images
    for each row execute function caps_only_go_down();

-- Origin ------------------------------------------------------------------------------------------------

-- Every image that was ever made here, also after it is gone; who made it stands here only where they
-- allow it to be told.
create table origins (
    image    uuid primary key,
    -- In the order of registering, nearly: what is read on from here may meet a few late ones behind.
    number   bigint not null generated always as identity unique,
    sha256   bytea not null check (length(sha256) = 32),
    -- PDQ of the pixels, 256 bits, and its quality (0 to 100); null where it cannot be taken.
    pdq      bytea check (length(pdq) = 32),
    quality  smallint,
    manifest text not null,
    model    text not null,
    made_on  date not null default current_date
);
create index origins_sha256 on origins (sha256);

-- Every certificate that this house has signed images with, so that each process can tell a signature of
-- ours: the public chain alone, the leaf first. The keys stay where they were made.
create table certificates (
    mark      bytea primary key check (length(mark) = 32),
    chain     text not null check (length(chain) < 100000),
    self_made boolean not null,
    used_at   timestamptz not null default now()
);

-- Fingerprints of what must not come back: imported banks, and what this house removed.
create table fingerprints (
    id       bigint generated always as identity primary key,
    bank     text not null check (length(bank) between 1 and 60),
    kind     text not null check (kind in ('pdq', 'sha256')),
    value    bytea not null check (length(value) = 32),
    category text not null,
    note     text not null default '',
    added_at timestamptz not null default now(),
    added_by bigint,
    unique (bank, kind, value)
);
create index fingerprints_value on fingerprints (value) where kind = 'sha256';

-- How often the banks changed: whoever keeps an index of them looks here, which costs nothing, whether it
-- is still good. The change is counted before the rows are touched, so writers come one after another
-- and their ids in the order of their commits.
create table fingerprint_changes (
    one   boolean primary key default true check (one),
    added bigint not null default 0,
    gone  bigint not null default 0
);
insert into fingerprint_changes default values;
create function fingerprints_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        update fingerprint_changes set added = added + 1;
    else
        update fingerprint_changes set gone = gone + 1;
    end if;
    return null;
end $$;
create trigger fingerprints_changed before insert or update or delete or truncate on fingerprints
    for each statement execute function fingerprints_changed();

-- Models that an operator has marked as unable to make mature images, by the hash of their weights.
create table harmless_models (
    model     text primary key,
    weights   bytea not null,
    marked_by bigint not null references members on delete restrict,
    marked_at timestamptz not null default now()
);

-- Prompts that were refused -----------------------------------------------------------------------------

create table refusals (
    id        uuid primary key,
    member    bigint not null references members on delete cascade,
    at        timestamptz not null default now(),
    field     text not null,
    category  text not null,
    code      text not null,
    -- The rule that decided; staff alone sees it.
    rule      text not null,
    policy    integer not null,
    canonical text not null,
    rating    text not null default 'general' check (rating in ('general', 'mature'))
);
create index refusals_member on refusals (member, at desc);
create index refusals_at on refusals (at);

-- Real people and artists whom prompts may not name; lists of the operator, and opt-outs of artists.
create table names (
    id       bigint generated always as identity primary key,
    kind     text not null check (kind in ('person', 'artist')),
    name     text not null check (length(name) between 2 and 120),
    added_by bigint,
    added_at timestamptz not null default now(),
    gone_at  timestamptz
);
create unique index names_once on names (kind, lower(name)) where gone_at is null;

-- An artist's opt-out: asked for by anybody, in force once a moderator has verified it.
create table optouts (
    id          uuid primary key,
    receipt     bytea not null unique,
    artist      text not null check (length(artist) between 2 and 120),
    aliases     text[] not null default '{}',
    contact     text not null,
    evidence    text not null default '',
    at          timestamptz not null default now(),
    state       text not null default 'asked' check (state in ('asked', 'verified', 'refused')),
    decided_by  bigint,
    decided_at  timestamptz
);
create table optout_works (
    optout uuid not null references optouts on delete cascade,
    pdq    bytea not null check (length(pdq) = 32),
    primary key (optout, pdq)
);

-- The desk ----------------------------------------------------------------------------------------------

-- One question for a person. Restricted ones are seen by those alone who hold that duty.
create table cases (
    id         uuid primary key,
    kind       text not null check (kind in (
                   'match', 'notice', 'report', 'held', 'publish', 'appeal', 'near_miss', 'sample', 'repeat',
                   'optout')),
    -- What it is about: an image, whose conduct, and for some kinds the row that brought it here.
    image      uuid,
    member     bigint references members on delete cascade,
    about      uuid,
    restricted boolean not null default false,
    -- 0 comes first; within one risk the nearest deadline does.
    risk       smallint not null check (risk between 0 and 9),
    facts      jsonb not null default '{}',
    -- Cases with the same mark show nearly the same picture: one decision covers all of them.
    cluster    bytea,
    opened_at  timestamptz not null default now(),
    due_at     timestamptz not null,
    closed_at  timestamptz,
    outcome    text,
    holder     bigint references members on delete set null,
    held_until timestamptz,
    -- Counts every change: who decides names the version that they saw.
    version    integer not null default 0,
    check ((closed_at is null) = (outcome is null))
);
-- The line; who lacks the duty reads one half of it.
create index cases_line on cases (restricted, risk, due_at, id) where closed_at is null;
create index cases_next on cases (risk, due_at, id) where closed_at is null;
create index cases_kind on cases (kind, restricted, risk, due_at, id) where closed_at is null;
create index cases_oldest on cases (opened_at) where closed_at is null;
create index cases_image on cases (image) where image is not null;
create index cases_about on cases (about) where about is not null;
create index cases_cluster on cases (cluster) where cluster is not null and closed_at is null;
create index cases_holder on cases (holder) where closed_at is null and holder is not null;

-- Duties beside the role: who may see restricted cases, who keeps a key of the vault.
create table duties (
    member   bigint not null references members on delete cascade,
    duty     text not null check (duty in ('restricted', 'custodian')),
    given_by bigint,
    given_at timestamptz not null default now(),
    primary key (member, duty)
);

-- A report of a member's, or a notice from anybody (no member, but a contact).
create table reports (
    id      uuid primary key,
    "case"  uuid not null references cases on delete cascade,
    image   uuid,
    member  bigint references members on delete set null,
    contact text,
    -- The hash of what the reporter was given to ask about the outcome with.
    receipt bytea not null unique,
    ground  text not null,
    words   text not null default '' check (length(words) <= 5000),
    at      timestamptz not null default now(),
    outcome text,
    check (member is not null or contact is not null)
);
create index reports_case on reports ("case");
create index reports_member on reports (member, at) where member is not null;
create unique index reports_once on reports (image, member) where member is not null and outcome is null;

-- What was decided, by whom; append-only. An undoing is a decision as well and names what it undoes.
create table decisions (
    id       uuid primary key,
    "case"   uuid references cases on delete cascade,
    -- Null where the house itself decided.
    actor    bigint,
    act      text not null,
    code     text not null,
    note     text not null default '' check (length(note) <= 5000),
    image    uuid,
    member   bigint,
    policy   integer not null,
    -- How things stood before, so that undoing restores just that.
    prior    jsonb not null default '{}',
    undoes   uuid unique references decisions,
    -- Severe acts wait for a second person: until then they have no effect.
    severe   boolean not null default false,
    seconded bigint,
    -- Its place among the decisions that took effect; null for as long as it waits for a second person.
    took     bigint unique,
    at       timestamptz not null default now(),
    check (seconded <> actor),
    constraint decisions_severe_by_two check (not severe or took is null or seconded is not null)
);
create sequence decisions_order owned by decisions.took;
create index decisions_case on decisions ("case");
create index decisions_image on decisions (image) where image is not null;
create index decisions_member on decisions (member) where member is not null;

-- Who holds a case at this moment. No claim lasts an hour: one that seems to was made before the clock
-- was set back, and binds nobody.
create function held(holder bigint, held_until timestamptz) returns bigint language sql volatile as $$
    select case
        when held_until > clock_timestamp() and held_until < clock_timestamp() + interval '1 hour' then holder
    end
$$;
-- Cases as they stand at this moment, with the severe decision that waits for a second person.
create view standing_cases as
select cases.id, cases.kind, cases.image, cases.member, cases.about, cases.restricted, cases.risk,
    cases.facts, cases.cluster, cases.opened_at, cases.due_at, cases.closed_at, cases.outcome,
    held(cases.holder, cases.held_until) as holder, cases.held_until, cases.version,
    waiting.id as pending, waiting.actor as pending_by
from cases
left join lateral (
    select id, actor from decisions
    where decisions."case" = cases.id and took is null
        and not exists (select from decisions undoing where undoing.undoes = decisions.id)
    limit 1
) waiting on true;

-- Why something was restricted, told to whom it concerns.
create table statements (
    id          uuid primary key,
    member      bigint not null references members on delete cascade,
    decision    uuid not null references decisions on delete cascade,
    restriction text not null,
    code        text not null,
    words       text not null,
    automated   boolean not null,
    at          timestamptz not null default now(),
    read_at     timestamptz,
    appeal_by   timestamptz not null
);
create index statements_member on statements (member, at desc);

create table appeals (
    id         uuid primary key,
    statement  uuid not null unique references statements on delete cascade,
    words      text not null check (length(words) <= 2000),
    at         timestamptz not null default now(),
    decided_at timestamptz,
    decided_by bigint,
    upheld     boolean,
    check ((decided_at is null) = (upheld is null))
);

create index statements_decision on statements (decision);
-- What a member reads; nothing in it says who decided.
create view told as
select statements.id, statements.member, statements.decision, statements.restriction, statements.code,
    statements.words, statements.automated, statements.at, statements.read_at, statements.appeal_by,
    decisions.image, undoing.at as undone_at,
    appeals.id is null and undoing.id is null and statements.appeal_by > now() as open,
    appeals.id as appeal_id, appeals.words as appeal_words, appeals.at as appeal_at,
    appeals.decided_at as appeal_decided_at, appeals.upheld as appeal_upheld
from statements
join decisions on decisions.id = statements.decision
left join decisions undoing on undoing.undoes = decisions.id
left join appeals on appeals.statement = statements.id;

-- A strike weighs points until it expires; the others bind until they end. Voided, never deleted.
create table sanctions (
    id        uuid primary key,
    member    bigint not null references members on delete cascade,
    kind      text not null check (kind in ('strike', 'limit', 'suspension', 'freeze')),
    points    smallint not null default 0 check (points between 0 and 9),
    decision  uuid not null references decisions on delete cascade,
    begun_at  timestamptz not null default now(),
    until     timestamptz,
    voided_at timestamptz,
    voided_by uuid references decisions
);
create index sanctions_member on sanctions (member) where voided_at is null;

-- How much of the disturbing kind a moderator has looked at, a row an hour.
create table exposures (
    moderator bigint not null references members on delete cascade,
    hour      timestamptz not null,
    looked    integer not null default 0,
    primary key (moderator, hour)
);

-- The unconditional random sample: how large it was to be, and what was found. One row an image.
create table samples (
    image   uuid primary key,
    "case"  uuid not null references cases on delete cascade,
    second  uuid references cases on delete cascade,
    at      timestamptz not null default now(),
    bad     boolean,
    bad_two boolean
);
create index samples_at on samples (at);
create index samples_case on samples ("case");
create index samples_second on samples (second) where second is not null;
-- Images made before this moment had their chance to be drawn.
create table samples_drawn (
    one   boolean primary key default true check (one),
    until timestamptz not null default now()
);
insert into samples_drawn default values;
create index images_created on images (created_at);

-- Notices without an account, counted by the day and an address that only that day's salt could find
-- again; a day that is over is deleted with its salt.
create table notice_days (
    day  date primary key default current_date,
    salt bytea not null check (length(salt) = 32)
);
create table notice_callers (
    day     date not null references notice_days on delete cascade,
    address bytea not null,
    notices integer not null default 1,
    primary key (day, address)
);

-- Why somebody may not decide a case; null where they may. Nobody decides about themselves, about what
-- they reported, or about their own act.
create function why_not(asked uuid, who bigint) returns text language sql stable as $$
    select case
        when cases.member = who or exists (select from images where id = cases.image and member = who)
            then 'yourself'
        when exists (select from reports where "case" = cases.id and member = who) then 'reporter'
        when exists (
            select from appeals join statements on statements.id = appeals.statement
                join decisions on decisions.id = statements.decision
            where appeals.id = (cases.facts ->> 'appeal')::uuid
                and who in (decisions.actor, decisions.seconded)
        ) then 'own_act'
        when exists (
            select from samples join decisions on decisions."case" in (samples."case", samples.second)
            where cases.kind = 'sample' and samples.image = cases.image
                and decisions."case" <> cases.id and decisions.actor = who
        ) then 'own_sample'
    end
    from cases where cases.id = asked
$$;
create function nobody_decides_their_own() returns trigger language plpgsql as $$
declare
    who bigint;
begin
    foreach who in array array_remove(array[new.actor, new.seconded], null) loop
        if who = new.member or exists (select from images where id = new.image and member = who)
            or why_not(new."case", who) is not null then
            raise exception 'nobody decides about their own'
                using errcode = 'check_violation', constraint = 'nobody_decides_their_own';
        end if;
    end loop;
    return new;
end $$;
create trigger nobody_decides_their_own before insert or update on decisions
    for each row execute function nobody_decides_their_own();
-- A decision changes once at most: when a second person agrees, and it takes effect.
create function decisions_are_kept() returns trigger language plpgsql as $$
begin
    if old.took is null and new.took is not null
        and (old.id, old.actor, old.act, old.code, old.note, old.policy, old.severe, old.at)
            is not distinct from
            (new.id, new.actor, new.act, new.code, new.note, new.policy, new.severe, new.at) then
        return new;
    end if;
    raise exception 'decisions are append-only';
end $$;
create trigger decisions_are_kept before update on decisions
    for each row execute function decisions_are_kept();

-- The vault: bytes encrypted to the custodians, written once, kept at least as long as the law asks. -------

create table vault (
    id         uuid primary key,
    "case"     uuid not null,
    sealed     bytea not null,
    sha256     bytea not null check (length(sha256) = 32),
    custodians text[] not null check (cardinality(custodians) > 0),
    reason     text not null,
    sealed_at  timestamptz not null default now(),
    hold_until timestamptz not null
);
create function vault_is_sealed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and old.hold_until < now() then
        return old;
    end if;
    raise exception 'what is sealed stays as it is until its hold ends';
end $$;
create trigger vault_is_sealed before update or delete on vault
    for each row execute function vault_is_sealed();

-- The audit: every act about texts, images and people, automatic or human. Each row carries the hash of
-- the one before, so that nothing can be changed, removed or put elsewhere unseen. --------------------------

create table audit (
    seq     bigint primary key,
    at      timestamptz not null,
    tag     text not null check (tag ~ '^[a-z]+(:[a-z]+){1,2}$'),
    actor   bigint,
    subject text not null check (subject !~ '\n'),
    reason  text not null check (reason !~ '\n'),
    policy  integer not null,
    -- JSON as one line of text, kept to the letter since its hash is.
    facts   text not null check (facts !~ '\n'),
    hash    bytea not null check (length(hash) = 32)
);
create index audit_subject on audit (subject, seq);
create trigger audit_is_kept before update or delete on audit
    for each row execute function events_are_kept();

-- The last link of the chain: locked by whoever appends, and tells when the tail is missing.
create table audit_head (
    one  boolean primary key default true check (one),
    seq  bigint not null,
    hash bytea not null
);
insert into audit_head (seq, hash) values (0, decode(repeat('00', 32), 'hex'));
