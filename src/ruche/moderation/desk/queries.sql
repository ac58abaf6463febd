-- name: open_case
-- Put a question into the line; an image's case is about its maker, where nobody else is named.
insert into cases (id, kind, image, member, about, restricted, risk, facts, cluster, due_at)
values (%(id)s, %(kind)s, %(image)s, coalesce(%(member)s, (select member from images where id = %(image)s)),
    %(about)s, %(restricted)s, %(risk)s, %(facts)s, %(cluster)s::bytea, %(due_at)s);

-- name: mark_of_image
-- The fingerprint of an image, where it says anything.
select pdq as mark from origins where image = %(image)s and quality >= %(sound)s;

-- name: nearest_cluster
-- The mark of open cases that show nearly the same as this fingerprint; the nearest one.
select cluster
from (
    select cluster, bit_count(
        ('x' || encode(cluster, 'hex'))::bit(256) # ('x' || encode(%(mark)s, 'hex'))::bit(256)
    ) as bits
    from cases
    where closed_at is null and cluster is not null and parts(cluster) && parts(%(mark)s)
) near
where bits <= %(within)s
order by bits, cluster
limit 1;

-- name: case_waits
-- Whether a question of this kind about this image is open.
select id from cases where image = %(image)s and kind = %(kind)s and closed_at is null limit 1;

-- name: rows_asked_about
-- The rows of banks that a question about this image has named.
select distinct (hit ->> 'row')::bigint as row
from cases cross join jsonb_path_query(facts, '$.hits[*]') hit
where image = %(image)s;

-- name: line
-- A page of the open cases, most urgent first; restricted ones come from their own half of the index.
with page as materialized (
    (
        select id from cases
        where closed_at is null and not restricted
            and (risk, due_at, id) > (%(risk)s::smallint, %(due_at)s::timestamptz, %(id)s::uuid)
            and member is distinct from %(viewer)s
        order by restricted, risk, due_at, id
        limit %(limit)s
    )
    union all
    (
        select id from cases
        where closed_at is null and restricted and %(restricted)s
            and (risk, due_at, id) > (%(risk)s::smallint, %(due_at)s::timestamptz, %(id)s::uuid)
            and member is distinct from %(viewer)s
        order by restricted, risk, due_at, id
        limit %(limit)s
    )
)
select standing.* from page
-- A wall for the planner: it is to look up the page's own rows, one by one.
cross join lateral (select * from standing_cases where standing_cases.id = page.id offset 0) standing
order by risk, due_at, id
limit %(limit)s;

-- name: line_of_kind
-- The same for one kind.
with page as materialized (
    (
        select id from cases
        where closed_at is null and kind = %(kind)s and not restricted
            and (risk, due_at, id) > (%(risk)s::smallint, %(due_at)s::timestamptz, %(id)s::uuid)
            and member is distinct from %(viewer)s
        order by kind, restricted, risk, due_at, id
        limit %(limit)s
    )
    union all
    (
        select id from cases
        where closed_at is null and kind = %(kind)s and restricted and %(restricted)s
            and (risk, due_at, id) > (%(risk)s::smallint, %(due_at)s::timestamptz, %(id)s::uuid)
            and member is distinct from %(viewer)s
        order by kind, restricted, risk, due_at, id
        limit %(limit)s
    )
)
select standing.* from page
-- A wall for the planner: it is to look up the page's own rows, one by one.
cross join lateral (select * from standing_cases where standing_cases.id = page.id offset 0) standing
order by risk, due_at, id
limit %(limit)s;

-- name: counts
-- How many open cases of each kind there are, as far as anybody wants to know; ordered as the index is.
select kinds.kind, plain.open + secret.open as open
from unnest(%(kinds)s::text[]) with ordinality kinds (kind, place)
cross join lateral (
    select count(*) as open from (
        select from cases where closed_at is null and cases.kind = kinds.kind and not restricted
        order by cases.kind, restricted, risk, due_at, id
        limit %(most)s
    ) few
) plain
cross join lateral (
    select count(*) as open from (
        select from cases
        where closed_at is null and cases.kind = kinds.kind and restricted and %(restricted)s
        order by cases.kind, restricted, risk, due_at, id
        limit %(most)s
    ) few
) secret
order by kinds.place;

-- name: case
-- One case.
select * from standing_cases where id = %(id)s;

-- name: lock_case
-- One case and the open ones of its cluster, always in one order, kept from others until the commit.
select from cases
where id = %(id)s
    or (closed_at is null and cluster = (select cluster from cases asked where asked.id = %(id)s))
order by id
for update;

-- name: claim_case
-- Hold a case that nobody else holds; a claim that was made before only lasts longer.
update cases set
    version = version + case when holder = %(viewer)s and held(holder, held_until) is not null then 0 else 1 end,
    holder = %(viewer)s, held_until = clock_timestamp() + make_interval(mins => %(minutes)s)
where id = %(id)s and closed_at is null and coalesce(held(holder, held_until), %(viewer)s) = %(viewer)s
returning id;

-- name: claim_next
-- Hold the most urgent case that nobody holds and that this moderator may decide.
update cases set
    version = version + 1, holder = %(viewer)s,
    held_until = clock_timestamp() + make_interval(mins => %(minutes)s)
where id = (
    select id from cases
    where closed_at is null and (not restricted or %(restricted)s) and kind = any(%(kinds)s::text[])
        -- As `held` has it, spelled out for the planner.
        and (held_until is null or held_until <= clock_timestamp()
            or held_until >= clock_timestamp() + interval '1 hour')
        and may_decide(id, %(viewer)s)
        and not exists (
            select from decisions
            where decisions."case" = cases.id and took is null and actor = %(viewer)s
                and not exists (select from decisions undoing where undoing.undoes = decisions.id)
        )
    order by risk, due_at, id
    limit 1
    for update skip locked
)
returning id;

-- name: release_case
-- Let go of a case.
update cases set holder = null, held_until = null, version = version + 1
where id = %(id)s and holder = %(viewer)s and closed_at is null;

-- name: free_case
-- A case goes back into the line, whoever held it.
update cases set holder = null, held_until = null, version = version + 1 where id = %(id)s;

-- name: cluster
-- The other open cases of a cluster that this moderator may decide as well, and whose image is there.
select * from standing_cases
where closed_at is null and cluster = %(cluster)s and id <> %(id)s and kind <> all(%(alone)s::text[])
    and coalesce(holder, %(viewer)s) = %(viewer)s and (pending is not null) = %(pending)s and why_not(id, %(viewer)s) is null
    and (image is null or exists (select from images where images.id = standing_cases.image))
order by id;

-- name: why_not
-- Why somebody may not decide a case.
select why_not(%(id)s, %(who)s) as reason;

-- name: close_case
-- The question is answered.
update cases set closed_at = now(), outcome = %(outcome)s, holder = null, held_until = null,
    version = version + 1
where id = %(id)s and closed_at is null;

-- name: reopen_case
-- The question stands again, held by whoever takes their decision back.
update cases set closed_at = null, outcome = null, holder = %(viewer)s,
    held_until = now() + make_interval(mins => %(minutes)s), version = version + 1
where id = %(id)s;

-- name: decisions_together
-- What one person decided at one moment: a case, what looks nearly the same, a strike besides.
select decisions.*, undoing.id as undone_by, undoing.took as undone_took
from decisions left join decisions undoing on undoing.undoes = decisions.id
where decisions.actor = %(actor)s and decisions.at = %(at)s and decisions.undoes is null
    and undoing.id is null
order by decisions.took desc nulls first, decisions.id;

-- name: add_decision
-- What was decided; it takes effect now, or waits for a second person.
insert into decisions (id, "case", actor, act, code, note, image, member, policy, prior, undoes, severe,
    seconded, took)
values (%(id)s, %(case)s, %(actor)s, %(act)s, %(code)s, %(note)s, %(image)s, %(member)s, %(policy)s,
    %(prior)s, %(undoes)s, %(severe)s, %(seconded)s,
    case when %(waits)s then null else nextval('decisions_order') end)
returning *;

-- name: second_decision
-- A second person agrees: it takes effect now, upon how things stand now.
update decisions set seconded = %(seconded)s, prior = %(prior)s, took = nextval('decisions_order')
where id = %(id)s and took is null
returning *;

-- name: lock_decision
-- One decision, kept from others until this transaction ends.
select from decisions where id = %(id)s for update;

-- name: decision
-- One decision, and the one that undid it.
select decisions.*, undoing.id as undone_by, undoing.took as undone_took
from decisions left join decisions undoing on undoing.undoes = decisions.id
where decisions.id = %(id)s;

-- name: decisions_of
-- What was decided on a case, about an image, or about a member, newest first, but nothing of the `twin`.
select decisions.*, undoing.id as undone_by, undoing.took as undone_took
from decisions left join decisions undoing on undoing.undoes = decisions.id
where (decisions."case" = %(case)s or decisions.image = %(image)s or decisions.member = %(member)s)
    and decisions."case" is distinct from %(twin)s::uuid
    and (%(restricted)s or not exists (
        select from cases where restricted and cases.id in (
            decisions."case", (select "case" from decisions undone where undone.id = decisions.undoes))
    ))
order by decisions.at desc, decisions.took desc nulls first
limit %(limit)s;

-- name: image_past
-- Every act on this image that took effect, in order.
select decisions.*, undoing.id as undone_by, undoing.took as undone_took
from decisions left join decisions undoing on undoing.undoes = decisions.id
where decisions.image = %(image)s and decisions.took is not null and decisions.undoes is null
    and decisions.prior ? 'image'
order by decisions.took;

-- name: removed_still
-- A removal of one of these images that is in effect.
select id from decisions
where image = any(%(images)s::uuid[]) and act = 'remove' and took is not null
    and not exists (select from decisions undoing where undoing.undoes = decisions.id)
limit 1;

-- name: decisions_from_strikes
-- What binds a member, or waits to, because strikes came together.
select decisions.*, null::uuid as undone_by, null::bigint as undone_took
from decisions
where decisions.member = %(member)s and code = 'strikes'
    and not exists (select from decisions undoing where undoing.undoes = decisions.id)
    and (
        took is null
        or exists (
            select from sanctions
            where sanctions.decision = decisions.id and voided_at is null
                and (until is null or until > clock_timestamp())
        )
    )
order by decisions.took desc nulls first;

-- name: add_statement
-- Why something was restricted, told to whom it concerns.
insert into statements (id, member, decision, restriction, code, words, automated, appeal_by)
values (%(id)s, %(member)s, %(decision)s, %(restriction)s, %(code)s, %(words)s, %(automated)s,
    now() + make_interval(days => %(days)s));

-- name: statements_of
-- A member's statements, newest first.
select * from told where member = %(member)s order by at desc, id limit %(limit)s;

-- name: statement
-- One statement of this member's.
select * from told where id = %(id)s and member = %(member)s;

-- name: statement_of_appeal
-- What an appeal is about.
select * from told where appeal_id = %(appeal)s;

-- name: statements_unread
-- How many a member has not opened.
select count(*) as unread from statements where member = %(member)s and read_at is null;

-- name: note_statement
-- The member has opened it.
update statements set read_at = now() where id = %(id)s and member = %(member)s and read_at is null;

-- name: add_appeal
-- A member wants a second look.
insert into appeals (id, statement, words) values (%(id)s, %(statement)s, %(words)s);

-- name: decide_appeal
-- The second look is over.
update appeals set decided_at = now(), decided_by = %(by)s, upheld = %(upheld)s
where id = %(id)s and decided_at is null;

-- name: statement_of_decision
-- What was told about a decision.
select * from told where decision = %(decision)s;

-- name: sanctions_live
-- What may bind a member now, and what time it is.
select sanctions.id, kind, points, sanctions.decision, begun_at, until, voided_at, statements.id as statement,
    decisions.actor is null as automated, clock_timestamp() as now
from sanctions
join decisions on decisions.id = sanctions.decision
left join statements on statements.decision = sanctions.decision
where sanctions.member = %(member)s and voided_at is null and (until is null or until > clock_timestamp());

-- name: sanctions_of
-- Every sanction that a member ever got, newest first.
select sanctions.id, kind, points, sanctions.decision, begun_at, until, voided_at, statements.id as statement,
    decisions.actor is null as automated
from sanctions
join decisions on decisions.id = sanctions.decision
left join statements on statements.decision = sanctions.decision
where sanctions.member = %(member)s
order by begun_at desc, sanctions.id;

-- name: add_sanction
-- A sanction begins.
insert into sanctions (id, member, kind, points, decision, until)
values (%(id)s, %(member)s, %(kind)s, %(points)s, %(decision)s, now() + %(length)s::interval);

-- name: void_sanctions
-- What a decision imposed ends, since the decision was undone.
update sanctions set voided_at = now(), voided_by = %(by)s
where decision = %(decision)s and voided_at is null;

-- name: lock_sanctioned
-- What is counted for one member is counted one after the other.
select from members where id = %(member)s for no key update;

-- name: duties_of
-- The duties that a member has.
select duty from duties where member = %(member)s;

-- name: give_duty
-- Give a duty.
insert into duties (member, duty, given_by) values (%(member)s, %(duty)s, %(by)s) on conflict do nothing;

-- name: take_duty
-- Take a duty away.
delete from duties where member = %(member)s and duty = %(duty)s;

-- name: looked
-- How many disturbing cases somebody has looked at in this hour, or in one that a clock set back left.
select coalesce(sum(looked), 0) as looked from exposures
where moderator = %(moderator)s and hour >= date_trunc('hour', now());

-- name: look
-- One more; gives how many that makes.
with noted as (
    insert into exposures (moderator, hour, looked) values (%(moderator)s, date_trunc('hour', now()), 1)
    on conflict (moderator, hour) do update set looked = exposures.looked + 1
    returning hour, looked
)
select noted.looked + coalesce(sum(later.looked), 0) as looked
from noted left join exposures later on later.moderator = %(moderator)s and later.hour > noted.hour
group by noted.looked;

-- name: refusal
-- A prompt of this member's that was refused, kept from others until this transaction ends.
select id, member, at, field, category, code, rule, policy from refusals
where id = %(id)s and member = %(member)s
for update;

-- name: refusal_appealed
-- Whether a refused prompt was appealed.
select from cases where about = %(about)s and kind = 'appeal';

-- name: forget_refusals
-- Old refusals go, but for those that safety needs and those that an open case is about.
delete from refusals
where at < now() - make_interval(days => %(days)s) and category <> all(%(kept)s::text[])
    and not exists (select from cases where cases.about = refusals.id and closed_at is null);

-- name: is_restricted
-- Whether a case is for a few only.
select restricted from cases where id = %(id)s;
