-- name: close_asides
-- Questions whose object is out of question close by themselves. One that somebody decides at this moment,
-- or on which a severe act waits, is theirs to close.
update cases set closed_at = now(), outcome = %(outcome)s, holder = null, held_until = null,
    version = version + 1
where id in (
    select id from cases
    where closed_at is null and kind = any(%(kinds)s::text[]) and id is distinct from %(but)s::uuid
        and (image = %(image)s::uuid or member = %(member)s::bigint) and (not restricted or %(restricted)s)
        and not exists (
            select from decisions
            where decisions."case" = cases.id and took is null
                and not exists (select from decisions undoing where undoing.undoes = decisions.id)
        )
    order by id
    for update skip locked
)
returning id;

-- name: open_asides
-- They stand again, since what closed them was undone.
update cases set closed_at = null, outcome = null, version = version + 1
where image = %(image)s and outcome = %(outcome)s
returning id;

-- name: overtaken
-- What another person decided on a case after this decision, undoings too, or who else holds the case now.
select from cases
where id = %(case)s and (
    held(holder, held_until) <> %(who)s
    or exists (
        select from decisions
        where decisions."case" = cases.id and decisions.at > %(at)s
            and %(who)s not in (coalesce(decisions.actor, 0), coalesce(decisions.seconded, 0))
            and decisions.actor is not null
    )
);
