-- The floor: what no setting, no role and no slip in the code can do.

-- Members whose age somebody else has verified: who, how, when, and for how long it counts. A member's own
-- word is no source, and nobody vouches for themselves. Withdrawn, never deleted.
create table assurances (
    id           bigint generated always as identity primary key,
    member       bigint not null references members on delete cascade,
    provider     text not null check (length(provider) between 1 and 60),
    method       text not null check (method in (
                     'open_banking', 'photo_id', 'facial_estimation', 'mobile_operator', 'credit_card',
                     'digital_id', 'email_history')),
    -- What the provider calls it, so that it can be asked again; never a document.
    reference    text not null check (length(reference) between 1 and 200),
    verified_at  timestamptz not null,
    until        timestamptz not null,
    recorded_by  bigint,
    recorded_at  timestamptz not null default now(),
    withdrawn_at timestamptz,
    unique (provider, reference),
    constraint assurances_by_another check (recorded_by <> member),
    check (until > verified_at),
    check (verified_at <= recorded_at + interval '1 hour')
);
create index assurances_member on assurances (member) where withdrawn_at is null;

-- What a version of the policy says about ages, told once, when it is proposed: whose word counts, and for
-- how many days. Nobody's, where nothing is said.
alter table policies
    add column age_provider text not null default '',
    add column assurance_days integer not null default 0 check (assurance_days >= 0);

-- Whether somebody's age is verified at this moment, by the policy that is in force at this moment.
create function age_is_verified(who bigint) returns boolean language sql stable as $$
    select exists (
        select from assurances, lateral (
            select age_provider, assurance_days from policies where adopted_at is not null
            order by version desc limit 1
        ) said
        where member = who and withdrawn_at is null and verified_at <= now() and until > now()
            and provider = said.age_provider
            and verified_at > now() - make_interval(days => said.assurance_days)
    )
$$;

-- Switching something on takes two people: one wants it, another agrees.
alter table house_mode
    add column switched_by bigint references members on delete restrict,
    add column seconded_by bigint references members on delete restrict,
    add column switched_at timestamptz,
    add column wanted text check (wanted in ('outside', 'mature')),
    add column wanted_by bigint references members on delete restrict,
    add column wanted_at timestamptz,
    add constraint house_mode_by_two check (
        not (outside or mature)
        or (switched_by is not null and seconded_by is not null and switched_by <> seconded_by)),
    add check ((wanted is null) = (wanted_by is null) and (wanted is null) = (wanted_at is null));

-- A token of its own kind for what changes the house itself.
alter table tokens drop constraint tokens_scopes_check;
alter table tokens add constraint tokens_scopes_check
    check (scopes <@ array['ask', 'read', 'discard', 'publish', 'oversee'] and cardinality(scopes) > 0);

-- Models that may make mature images, by the hash of their weights: each was shown not to know real people
-- by heart. The floor of that is a probe with a thousand names, of which one in a hundred is recognised.
create table vetted_models (
    model      text primary key check (length(model) between 1 and 200),
    weights    bytea not null,
    names      integer not null,
    recognised integer not null,
    -- Who ran the probe, and when.
    probed_by  text not null check (length(probed_by) between 1 and 200),
    probed_on  date not null,
    vetted_by  bigint not null references members on delete restrict,
    vetted_at  timestamptz not null default now(),
    constraint vetted_models_forget_faces
        check (names >= 1000 and recognised >= 0 and recognised::bigint * 100 <= names)
);

-- A mature job holds texts and numbers by these names and nothing beside them, so it has no place for a
-- picture, a mask, a control map, a reference or an adapter.
create function is_text_alone(recipe jsonb) returns boolean language sql immutable as $$
    select recipe - array['prompt', 'negative_prompt', 'model', 'sampler', 'width', 'height', 'steps',
            'guidance', 'seed', 'count'] = '{}'
        and not recipe @? 'strict $.* ? (@.type() != "string" && @.type() != "number")'
$$;
alter table jobs add constraint jobs_mature_holds_no_image
    check (rating = 'general' or is_text_alone(recipe));

-- A mature job is for a house that makes such images, for a member whose age is verified, and for a model
-- that was vetted.
create function mature_jobs_are_admitted() returns trigger language plpgsql as $$
begin
    perform from house_mode where mature for share;
    if not found then
        raise exception 'this house makes no mature images'
            using errcode = 'check_violation', constraint = 'mature_jobs_need_the_switch';
    end if;
    if not age_is_verified(new.member) then
        raise exception 'the age of this member is not verified'
            using errcode = 'check_violation', constraint = 'mature_jobs_need_an_age';
    end if;
    perform from vetted_models where model = new.recipe ->> 'model';
    if not found then
        raise exception 'this model was not vetted'
            using errcode = 'check_violation', constraint = 'mature_jobs_need_a_vetted_model';
    end if;
    return new;
end $$;
create trigger mature_jobs_are_admitted before insert on jobs
    for each row when (new.rating = 'mature') execute function mature_jobs_are_admitted();

-- Those that end at once where mature is switched off.
create index jobs_mature on jobs (member, id) where rating = 'mature' and state = 'queued';

-- Who may see an image with this rating: a mature one only where the house still makes such images, and only
-- a member whose age is verified at this moment, its maker included.
create function may_see(rating text, who bigint) returns boolean language sql stable as $$
    select rating = 'general' or (exists (select from house_mode where mature) and age_is_verified(who))
$$;

-- What a job may make is settled when it is asked for, and what was judged is what is drawn from.
create function jobs_keep_their_rating() returns trigger language plpgsql as $$
begin
    if (old.rating, old.inputs, old.member) is distinct from (new.rating, new.inputs, new.member) then
        raise exception 'the rating and the inputs of a job do not change'
            using errcode = 'check_violation', constraint = 'jobs_keep_their_rating';
    end if;
    if (old.recipe ->> 'prompt', old.recipe ->> 'negative_prompt')
            is distinct from (new.recipe ->> 'prompt', new.recipe ->> 'negative_prompt')
        or (old.rating = 'mature' and old.recipe <> new.recipe) then
        raise exception 'the texts of a job do not change'
            using errcode = 'check_violation', constraint = 'jobs_keep_their_texts';
    end if;
    return new;
end $$;
create trigger jobs_keep_their_rating before update of rating, inputs, member, recipe on jobs
    for each row execute function jobs_keep_their_rating();

-- Whatever was made from an image, of this house or another's, stays general for ever.
alter table images add constraint images_from_images_are_general check (parent is null or cap = 'general');

-- An image may be rated what its job was asked for as, and one of a mature job is mature until somebody
-- who looked says otherwise.
create function images_follow_their_job() returns trigger language plpgsql as $$
declare
    asked text;
begin
    select rating into asked from jobs where id = new.job;
    if asked = 'mature' then
        new.rating := 'mature';
        new.cap := 'mature';
    elsif new.cap = 'mature' then
        raise exception 'a general job makes general images'
            using errcode = 'check_violation', constraint = 'images_follow_their_job';
    end if;
    return new;
end $$;
create trigger images_follow_their_job before insert on images
    for each row execute function images_follow_their_job();

create function images_keep_their_lineage() returns trigger language plpgsql as $$
begin
    if (old.job, old.parent) is distinct from (new.job, new.parent) then
        raise exception 'what an image was made from does not change'
            using errcode = 'check_violation', constraint = 'images_keep_their_lineage';
    end if;
    return new;
end $$;
create trigger images_keep_their_lineage before update of job, parent on images
    for each row execute function images_keep_their_lineage();

-- An image counts as signed where its origin is registered with these very bytes; without that nobody is
-- served it.
create function images_signed_are_registered() returns trigger language plpgsql as $$
begin
    perform from origins where image = new.id and sha256 = new.sha256;
    if not found then
        raise exception 'the origin of this image is not registered'
            using errcode = 'check_violation', constraint = 'images_signed_are_registered';
    end if;
    return new;
end $$;
create trigger images_signed_are_registered before insert or update of signed_at, sha256 on images
    for each row when (new.signed_at is not null) execute function images_signed_are_registered();

-- What is signed stays signed, or its origin could be given to another file.
create function images_stay_signed() returns trigger language plpgsql as $$
begin
    if old.signed_at is not null and new.signed_at is null then
        raise exception 'a signed image stays signed'
            using errcode = 'check_violation', constraint = 'images_stay_signed';
    end if;
    return new;
end $$;
create trigger images_stay_signed before update of signed_at on images
    for each row execute function images_stay_signed();

-- What a member was told stays; only that it was read is noted.
create function statements_are_kept() returns trigger language plpgsql as $$
begin
    if to_jsonb(old) - 'read_at' <> to_jsonb(new) - 'read_at' then
        raise exception 'a statement of reasons stays as it is'
            using errcode = 'check_violation', constraint = 'statements_are_kept';
    end if;
    return new;
end $$;
create trigger statements_are_kept before update on statements
    for each row execute function statements_are_kept();

-- A sanction ends by being voided, once, by a decision.
create function sanctions_are_kept() returns trigger language plpgsql as $$
begin
    if old.voided_at is not null or new.voided_by is null
        or to_jsonb(old) - 'voided_at' - 'voided_by' <> to_jsonb(new) - 'voided_at' - 'voided_by' then
        raise exception 'a sanction is voided and not changed'
            using errcode = 'check_violation', constraint = 'sanctions_are_kept';
    end if;
    return new;
end $$;
create trigger sanctions_are_kept before update on sanctions
    for each row execute function sanctions_are_kept();

-- An appeal is decided once, by a person, who is neither the member nor anybody who decided before.
alter table appeals add constraint appeals_are_decided_by_people
    check ((decided_at is null) = (decided_by is null));
create function appeals_are_decided_by_another() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.decided_at is not null then
        raise exception 'an appeal is decided once'
            using errcode = 'check_violation', constraint = 'appeals_are_decided_once';
    end if;
    perform from statements join decisions on decisions.id = statements.decision
    where statements.id = new.statement
        and new.decided_by in (statements.member, decisions.actor, decisions.seconded);
    if found then
        raise exception 'an appeal is decided by another person'
            using errcode = 'check_violation', constraint = 'appeals_are_decided_by_another';
    end if;
    return new;
end $$;
create trigger appeals_are_decided_by_another before insert or update on appeals
    for each row execute function appeals_are_decided_by_another();

-- Evidence is held for a year at least, from the moment at which it is laid down and no other.
alter table vault add constraint vault_holds_a_year check (hold_until >= sealed_at + interval '8760 hours');
create function vault_begins_now() returns trigger language plpgsql as $$
begin
    if new.sealed_at is distinct from now() then
        raise exception 'the hold of evidence begins now'
            using errcode = 'check_violation', constraint = 'vault_begins_now';
    end if;
    return new;
end $$;
create trigger vault_begins_now before insert on vault
    for each row execute function vault_begins_now();

-- A verified age is withdrawn, once; what it says stays.
create function assurances_are_kept() returns trigger language plpgsql as $$
begin
    if old.withdrawn_at is not null or new.withdrawn_at is null
        or to_jsonb(old) - 'withdrawn_at' <> to_jsonb(new) - 'withdrawn_at' then
        raise exception 'a verified age is withdrawn and not changed'
            using errcode = 'check_violation', constraint = 'assurances_are_kept';
    end if;
    return new;
end $$;
create trigger assurances_are_kept before update on assurances
    for each row execute function assurances_are_kept();

-- Where an image came from stays as it was registered, also after the image is gone. Only one that is there
-- and has no signature is signed anew, and then its file and its credential are others.
create function origins_are_kept() returns trigger language plpgsql as $$
begin
    perform from images where id = old.image and signed_at is null;
    if not found
        or to_jsonb(old) - array['sha256', 'manifest'] <> to_jsonb(new) - array['sha256', 'manifest'] then
        raise exception 'an origin stays as it was registered'
            using errcode = 'check_violation', constraint = 'origins_are_kept';
    end if;
    return new;
end $$;
create trigger origins_are_kept before update on origins
    for each row execute function origins_are_kept();

-- The head of the audit's chain only goes on, and only to a link that is there.
create function audit_head_goes_on() returns trigger language plpgsql as $$
begin
    perform from audit where seq = new.seq and hash = new.hash;
    if not found or new.seq <= old.seq then
        raise exception 'the head of the audit only goes on'
            using errcode = 'check_violation', constraint = 'audit_head_goes_on';
    end if;
    return new;
end $$;
create trigger audit_head_goes_on before update on audit_head
    for each row execute function audit_head_goes_on();

-- What is never taken away, row by row or all at once.
create function it_stays() returns trigger language plpgsql as $$
begin
    raise exception '% keeps every row', tg_table_name
        using errcode = 'check_violation', constraint = tg_name;
end $$;
create trigger decisions_stay before delete on decisions for each row execute function it_stays();
create trigger statements_stay before delete on statements for each row execute function it_stays();
create trigger sanctions_stay before delete on sanctions for each row execute function it_stays();
create trigger origins_stay before delete on origins for each row execute function it_stays();
create trigger assurances_stay before delete on assurances for each row execute function it_stays();
create trigger house_mode_stays before delete on house_mode for each row execute function it_stays();
create trigger appeals_stay before delete on appeals for each row execute function it_stays();
create trigger audit_head_stays before delete on audit_head for each row execute function it_stays();
create trigger audit_is_not_emptied before truncate on audit for each statement execute function it_stays();
create trigger events_are_not_emptied before truncate on events for each statement execute function it_stays();
create trigger vault_is_not_emptied before truncate on vault for each statement execute function it_stays();
create trigger policies_are_not_emptied before truncate on policies
    for each statement execute function it_stays();
create trigger decisions_are_not_emptied before truncate on decisions
    for each statement execute function it_stays();
create trigger statements_are_not_emptied before truncate on statements
    for each statement execute function it_stays();
create trigger sanctions_are_not_emptied before truncate on sanctions
    for each statement execute function it_stays();
create trigger appeals_are_not_emptied before truncate on appeals
    for each statement execute function it_stays();
create trigger origins_are_not_emptied before truncate on origins
    for each statement execute function it_stays();
create trigger assurances_are_not_emptied before truncate on assurances
    for each statement execute function it_stays();
create trigger house_mode_is_not_emptied before truncate on house_mode
    for each statement execute function it_stays();
create trigger audit_head_is_not_emptied before truncate on audit_head
    for each statement execute function it_stays();

-- What stands beside a version of the policy: the operator's terms by their content, since a file can
-- change and vanish, and what it would have decided otherwise when it was tried in shadow.
create table policy_lexicons (
    version integer not null references policies on delete restrict,
    place   smallint not null,
    -- As the text names it: category:path.
    entry   text not null,
    written bytea not null,
    sha256  bytea not null generated always as (sha256(written)) stored,
    primary key (version, place)
);
create table policy_trials (
    version     integer primary key references policies on delete restrict,
    -- The version that was in force then: what it was compared with.
    against     integer not null,
    at          timestamptz not null default now(),
    looked_at   jsonb not null,
    differences jsonb not null,
    -- In words what could not be tried.
    untried     jsonb not null
);
create trigger policy_lexicons_stay before update or delete on policy_lexicons
    for each row execute function it_stays();
create trigger policy_trials_stay before update or delete on policy_trials
    for each row execute function it_stays();
create trigger policy_lexicons_are_not_emptied before truncate on policy_lexicons
    for each statement execute function it_stays();
create trigger policy_trials_are_not_emptied before truncate on policy_trials
    for each statement execute function it_stays();

-- What two people have agreed to gets no terms afterwards.
create function policy_lexicons_come_first() returns trigger language plpgsql as $$
begin
    perform from policies where version = new.version and adopted_at is not null;
    if found then
        raise exception 'an adopted version of the policy gets no other terms'
            using errcode = 'check_violation', constraint = 'policy_lexicons_come_first';
    end if;
    return new;
end $$;
create trigger policy_lexicons_come_first before insert on policy_lexicons
    for each row execute function policy_lexicons_come_first();

-- A version is run in shadow before it is adopted.
create function policies_are_tried_first() returns trigger language plpgsql as $$
begin
    perform from policy_trials where version = new.version;
    if not found then
        raise exception 'a version of the policy is first tried in shadow'
            using errcode = 'check_violation', constraint = 'policies_are_tried_first';
    end if;
    return null;
end $$;
create trigger policies_are_tried_first after update of adopted_at on policies
    for each row when (new.adopted_at is not null) execute function policies_are_tried_first();
