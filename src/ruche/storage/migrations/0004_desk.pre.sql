-- The desk, continued: the line's indexes, who holds a case, what nobody may decide, and what keeps count.

-- Who lacks the duty reads the unrestricted part of the line.
create index cases_line_parted on cases (restricted, risk, due_at, id) where closed_at is null;
create index cases_kind on cases (kind, restricted, risk, due_at, id) where closed_at is null;
create index cases_oldest on cases (opened_at) where closed_at is null;
create index reports_member on reports (member, at) where member is not null;

-- Fingerprints that differ in a few of their 256 bits have at least one of sixteen parts in common, so that
-- an index finds them; any other mark has none.
create function parts(mark bytea) returns integer[] language sql immutable strict parallel safe as $$
    select case when length(mark) = 32 then array(
        select i * 65536 + get_byte(mark, 2 * i) * 256 + get_byte(mark, 2 * i + 1) from generate_series(0, 15) i
    ) else '{}' end
$$;
create index cases_parts on cases using gin (parts(cluster)) where closed_at is null and cluster is not null;

-- A decision's place among those that took effect; null for as long as it waits for a second person.
alter table decisions
    add column took bigint unique,
    add constraint decisions_severe_by_two check (not severe or took is null or seconded is not null);
create sequence decisions_order owned by decisions.took;

-- Who holds a case at this moment. No claim lasts an hour: one that seems to was made before the clock
-- was set back, and binds nobody.
create function held(holder bigint, held_until timestamptz) returns bigint language sql volatile as $$
    select case
        when held_until > clock_timestamp() and held_until < clock_timestamp() + interval '1 hour' then holder
    end
$$;
create index decisions_waiting on decisions ("case") where took is null;
-- Cases as they stand at this moment, with the severe decision that waits for a second person.
create view standing_cases as
select id, kind, image, member, about, restricted, risk, facts, cluster, opened_at, due_at, closed_at,
    outcome, held(holder, held_until) as holder, held_until, version,
    (
        select waiting.id from decisions waiting
        where waiting."case" = cases.id and waiting.took is null
            and not exists (select from decisions undoing where undoing.undoes = waiting.id)
        limit 1
    ) as pending,
    (
        select waiting.actor from decisions waiting
        where waiting."case" = cases.id and waiting.took is null
            and not exists (select from decisions undoing where undoing.undoes = waiting.id)
        limit 1
    ) as pending_by
from cases;

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

-- Whether others looked at a decision again, and whether it fell: upon an appeal, by an undoing, or as what a
-- hold was followed by. What its own author takes back is a slip and no second look.
create view looks as
select decisions.id as decision,
    appeals.decided_at is not null or undoing.id is not null or (decisions.act = 'hold' and exists (
        select from decisions later
        where later."case" = decisions."case" and later.image = decisions.image and later.took > decisions.took
            and later.actor is distinct from decisions.actor and later.act not in ('hold', 'undo')
            and not exists (select from decisions undone where undone.undoes = later.id)
    )) as again,
    undoing.id is not null or (decisions.act = 'hold' and exists (
        select from decisions later
        where later."case" = decisions."case" and later.image = decisions.image and later.took > decisions.took
            and later.actor is distinct from decisions.actor and later.act in ('release', 'publish')
            and not exists (select from decisions undone where undone.undoes = later.id)
    )) as fell
from decisions
left join decisions undoing on undoing.undoes = decisions.id
    and undoing.actor is distinct from decisions.actor
left join statements on statements.decision = decisions.id
left join appeals on appeals.statement = statements.id;

-- Its maker has deleted it, and a question about it is open: nobody sees it, and it goes once a person has
-- decided (actions/discard.py).
alter table images
    add column discarded_at timestamptz,
    add constraint images_discarded_are_held check (discarded_at is null or shown = 'held');
create index images_discarded on images (discarded_at) where discarded_at is not null;

-- Copies of one picture, whatever file each is in.
create index origins_pdq on origins using hash (pdq);
create index origins_pixels on origins using hash (pixels);

-- Who is barred asks for nothing, also where they were barred while their asking waited for their turn's
-- lock: a trigger's function looks anew, as the statement that waited does not.
create function the_barred_ask_nothing() returns trigger language plpgsql as $$
begin
    if exists (
        select from sanctions
        where member = new.member and kind in ('suspension', 'freeze') and voided_at is null
            and (until is null or until > clock_timestamp())
    ) then
        raise exception 'the barred ask for nothing'
            using errcode = 'check_violation', constraint = 'the_barred_ask_nothing';
    end if;
    return new;
end $$;
create trigger the_barred_ask_nothing before insert on jobs
    for each row execute function the_barred_ask_nothing();

-- Evidence on its way to an authority that could not be reached yet: tried again with growing pauses.
create table handovers (
    evidence   uuid not null,
    "to"       text not null check (length("to") between 1 and 200),
    asked_by   bigint not null,
    asked_at   timestamptz not null default now(),
    tries      integer not null default 0 check (tries >= 0),
    -- When the next try is due; null once it has arrived or is given up.
    next_at    timestamptz default now(),
    -- When a case was opened because it takes too long.
    alarmed_at timestamptz,
    -- How it ended: arrived, or given up after the last try, for a person to begin anew.
    ended      text check (ended in ('arrived', 'dead')),
    ended_at   timestamptz,
    primary key (evidence, "to"),
    check ((ended is null) = (next_at is not null) and (ended is null) = (ended_at is null))
);
create index handovers_due on handovers (next_at) where next_at is not null;
create trigger handovers_stay before delete on handovers for each row execute function it_stays();
create trigger handovers_are_not_emptied before truncate on handovers
    for each statement execute function it_stays();

create index samples_case on samples ("case");
create index samples_second on samples (second) where second is not null;
-- Images made before this moment had their chance to be drawn.
create table samples_drawn (
    one   boolean primary key default true check (one),
    until timestamptz not null default now()
);
insert into samples_drawn default values;
create index images_created on images (created_at);

-- Figures that take long to count, as a worker counted them last; pages read them for half an hour.
create table figures (
    what    text primary key,
    at      timestamptz not null default now(),
    counted jsonb not null
);

-- Forms without an account (notices, requests of artists), counted by the day and an address that only that
-- day's salt could find again; a day that is over is deleted with its salt.
create table caller_days (
    day  date primary key default current_date,
    salt bytea not null check (length(salt) = 32)
);
create table callers (
    day     date not null references caller_days on delete cascade,
    address bytea not null,
    forms   integer not null default 1,
    primary key (day, address)
);
-- Where a request came from, likewise; forgotten when its day is over.
alter table optouts add column sender bytea;

-- The very same notice is taken once while it waits for its answer.
create unique index notices_once on reports (
    coalesce(image, '00000000-0000-0000-0000-000000000000'), ground, lower(contact), md5(words)
) where member is null and outcome is null;

-- Why somebody may not decide a case; null where they may. Nobody decides about themselves, about what
-- they reported, or about their own act.
create function why_not(asked uuid, who bigint) returns text language sql stable as $$
    select case
        when cases.member = who or exists (select from images where id = cases.image and member = who)
            then 'yourself'
        when exists (
            select from reports
            where member = who and ("case" = cases.id or reports.image = cases.image)
        ) then 'reporter'
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
-- Not inlined, so that the planner takes it for the likely thing that it is.
create function may_decide(asked uuid, who bigint) returns boolean language plpgsql stable as $$
begin
    return why_not(asked, who) is null;
end $$;
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
-- Whatever restricts somebody is told to them, in the same transaction, so that they can appeal.
create function restrictions_are_told() returns trigger language plpgsql as $$
declare
    -- Of a sanction the decision behind it, else the decision itself.
    reason uuid := coalesce(to_jsonb(new) ->> 'decision', new.id::text);
begin
    perform from statements where decision = reason;
    if not found then
        raise exception 'nobody is restricted without a statement of reasons'
            using errcode = 'check_violation', constraint = tg_name;
    end if;
    return null;
end $$;
create constraint trigger restrictions_are_told after insert or update of took on decisions
    deferrable initially deferred for each row
    when (new.took is not null and new.member is not null and new.act in (
        'refuse', 'hold', 'hide', 'remove', 'lower', 'warn', 'strike', 'limit', 'suspend', 'freeze',
        'prompt'))
    execute function restrictions_are_told();
create constraint trigger sanctions_are_told after insert on sanctions
    deferrable initially deferred for each row execute function restrictions_are_told();
-- A decision changes once at most: when a second person agrees, and it takes effect.
create function decisions_are_kept() returns trigger language plpgsql as $$
begin
    if old.took is null and new.took is not null
        and to_jsonb(old) - 'seconded' - 'prior' - 'took' = to_jsonb(new) - 'seconded' - 'prior' - 'took' then
        return new;
    end if;
    raise exception 'decisions are append-only';
end $$;
create trigger decisions_are_kept before update on decisions
    for each row execute function decisions_are_kept();

-- When its maker last took an image back from the members; null since they offered it again.
alter table images add column taken_back_at timestamptz;
-- What was removed is held until that decision is undone, whatever else is decided about it.
create function the_removed_stay_held() returns trigger language plpgsql as $$
begin
    perform from decisions
    where decisions.image = new.id and act = 'remove' and took is not null
        and not exists (select from decisions undoing where undoing.undoes = decisions.id);
    if found then
        raise exception 'a removed image is held'
            using errcode = 'check_violation', constraint = 'the_removed_stay_held';
    end if;
    return new;
end $$;
create trigger the_removed_stay_held before update of shown on images
    for each row when (new.shown <> 'held') execute function the_removed_stay_held();

-- How far the images that stand were compared with the banks since those grew (actions/relook.py): all of
-- them up to the fingerprint `done`; those up to the origin `number` up to the fingerprint `upto` as well.
create table comparisons (
    one     boolean primary key default true check (one),
    done    bigint not null default 0,
    upto    bigint check (upto > done),
    number  bigint not null default 0,
    -- The newest fingerprint when one was last looked for, and when that was: an image that was looked at
    -- just before may come a little later.
    seen    bigint not null default 0,
    seen_at timestamptz not null default now()
);
insert into comparisons default values;

-- What the classifier made of each picture that stands, so that a policy can be tried on it in shadow; it
-- goes with its picture.
create table picture_scores (
    image  uuid primary key references images on delete cascade,
    scores jsonb not null,
    at     timestamptz not null default now()
);
create index picture_scores_at on picture_scores (at);
