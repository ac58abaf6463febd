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
    -- The mark is made after this.
    if tg_op = 'UPDATE' and old.adopted_at is null and to_jsonb(old) - array['mark', 'adopted_by', 'adopted_at']
            = to_jsonb(new) - array['mark', 'adopted_by', 'adopted_at'] then
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

-- Each attempt at an image signs anew, so its files carry their digest in their names.
alter table loose_files
    -- Its digest: each attempt at an image has files of its own. Empty before there were signatures.
    add column sha256 bytea not null default '',
    drop constraint loose_files_pkey,
    add primary key (image, sha256);

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

-- Whether a member lets `/verify` tell their name on what they made; it can be taken back at any time.
alter table members add column credited boolean not null default false;

-- Every image that was ever made here, also after it is gone; who made it does not stand here.
create table origins (
    image    uuid primary key,
    -- In the order of registering, nearly: what is read on from here may meet a few late ones behind.
    number   bigint not null generated always as identity unique,
    sha256   bytea not null check (length(sha256) = 32),
    -- PDQ of the pixels, 256 bits, and its quality (0 to 100); null where it cannot be taken.
    pdq      bytea check (length(pdq) = 32),
    quality  smallint,
    -- That of all eight turned and mirrored views, one after the other: banks are compared with each.
    views    bytea check (length(views) = 256),
    -- SHA-256 of the pixels, whatever file they are in: for those too plain for a fingerprint.
    pixels   bytea check (length(pixels) = 32),
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
                   'optout', 'handover')),
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
create index cases_line on cases (risk, due_at, id) where closed_at is null;
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
    at       timestamptz not null default now(),
    check (seconded <> actor)
);
create index decisions_case on decisions ("case");
create index decisions_image on decisions (image) where image is not null;
create index decisions_member on decisions (member) where member is not null;

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
