-- name: find_member
-- A member who is let in.
select id, name, role from members where id = %(member)s and disabled_at is null;

-- name: member_named
-- A member by name, whatever its capitals, also where switched off.
select id, name, role, created_at, disabled_at from members where name_key = %(name_key)s or (name_key is null and lower(name) = lower(%(called)s));

-- name: member_by_id
-- A member by id, also where switched off.
select id, name, role, created_at, disabled_at from members where id = %(member)s;

-- name: roster
-- Everybody, in the order of joining.
select id, name, role, created_at, disabled_at from members order by id;

-- name: first_operator
-- The operator who was here first, of those who are let in.
select id, name, role from members
where role = 'operator' and disabled_at is null
order by id
limit 1;

-- name: add_member
-- A new member; no row where the name is taken.
insert into members (name, name_key, role) values (%(called)s, %(name_key)s, %(role)s)
on conflict do nothing
returning id, name, role;

-- name: rename_member
-- Another name.
update members set name = %(called)s, name_key = %(name_key)s where id = %(member)s;

-- name: credit_member
-- Whether /verify may tell their name.
update members set credited = %(told)s where id = %(member)s;

-- name: is_credited
-- Whether /verify may tell their name.
select credited from members where id = %(member)s;

-- name: lock_operators
-- Whoever changes who leads the house goes one after the other, so that two cannot remove each other.
select id from members where role = 'operator' and disabled_at is null order by id for update;

-- name: set_role
-- Another role.
update members set role = %(role)s where id = %(member)s;

-- name: disable_member
-- Shut a member out.
update members set disabled_at = now() where id = %(member)s and disabled_at is null;

-- name: enable_member
-- Let a member in again.
update members set disabled_at = null where id = %(member)s and disabled_at is not null;

-- name: end_all_sessions
-- Sign a member out everywhere.
delete from sessions where member = %(member)s;

-- name: drop_links_of
-- The links that would sign a member in stop working.
delete from links where member = %(member)s and used_at is null;

-- name: drop_links_by
-- The links that a member made stop working, whomever they would let in.
delete from links where made_by = %(member)s and used_at is null;

-- name: drop_links
-- The unused sign-in links that one hand made for a member stop working.
delete from links
where member = %(member)s and used_at is null and made_by is not distinct from %(made_by)s;

-- name: drop_stale_links
-- Links that ran out a month ago tell nobody anything.
delete from links where expires_at < now() - interval '30 days';

-- name: add_link
-- A link that works once, for a while.
insert into links (token_hash, member, role, made_by, expires_at)
values (%(token_hash)s, %(member)s, %(role)s, %(made_by)s, now() + %(lifetime)s);

-- name: look_at_link
-- What a link that still works would do.
select l.id as link, l.member, m.name, coalesce(m.role, l.role) as role, l.made_by,
    maker.name as maker_name, maker.role as maker_role, maker.disabled_at is not null as maker_out
from links l
left join members m on m.id = l.member
left join members maker on maker.id = l.made_by
where l.token_hash = %(token_hash)s and l.used_at is null and l.expires_at > now();

-- name: spend_link
-- Use a link up; the second of two at once touches no row.
update links set used_at = now()
where token_hash = %(token_hash)s and used_at is null and expires_at > now();

-- name: spent_link
-- What the link does that was just used up.
select l.id as link, l.member, m.name, coalesce(m.role, l.role) as role, l.made_by,
    maker.name as maker_name, maker.role as maker_role, maker.disabled_at is not null as maker_out
from links l
left join members m on m.id = l.member
left join members maker on maker.id = l.made_by
where l.token_hash = %(token_hash)s;

-- name: link_used_by
-- Who came in by a link.
update links set used_by = %(member)s where id = %(link)s;

-- name: drop_stale_sessions
-- A member's sessions that ran out.
delete from sessions where member = %(member)s and expires_at <= now();

-- name: begin_session
-- A browser signs in.
insert into sessions (token_hash, member, csrf, browser, expires_at)
values (%(token_hash)s, %(member)s, %(csrf)s, %(browser)s, now() + %(lifetime)s);

-- name: session_by_cookie
-- The session of a cookie, its member let in, and whether its use should be noted again.
select m.id, m.name, m.role, s.csrf, s.seen_at < now() - %(noted)s as stale
from sessions s join members m on m.id = s.member
where s.token_hash = %(token_hash)s and s.expires_at > now() and m.disabled_at is null;

-- name: note_session
-- A session was used: it lasts its whole life from now.
update sessions set seen_at = now(), expires_at = now() + %(lifetime)s
where token_hash = %(token_hash)s and seen_at < now() - %(noted)s and expires_at > now();

-- name: sessions_of
-- Where a member is signed in.
select token_hash, browser, created_at, seen_at from sessions
where member = %(member)s and expires_at > now()
order by seen_at desc, created_at desc;

-- name: end_session
-- End one of a member's own sessions.
delete from sessions where token_hash = %(token_hash)s and member = %(member)s;

-- name: lock_member
-- What is counted for one member is counted one after the other.
select id from members where id = %(member)s for update;

-- name: add_token
-- A new API token; no row where the member has too many.
insert into tokens (token_hash, member, name, scopes)
select %(token_hash)s, %(member)s, %(called)s, %(scopes)s
where (select count(*) from tokens where member = %(member)s and revoked_at is null) < %(most)s
returning id;

-- name: token_by_hash
-- Whom a token speaks for, its member let in, and whether its use should be noted again.
select t.id as token, m.id, m.name, m.role, t.scopes,
       t.used_at is null or t.used_at < now() - %(noted)s as stale
from tokens t join members m on m.id = t.member
where t.token_hash = %(token_hash)s and t.revoked_at is null and m.disabled_at is null;

-- name: note_token
-- A token was used.
update tokens set used_at = now()
where id = %(token)s and (used_at is null or used_at < now() - %(noted)s);

-- name: tokens_of
-- A member's tokens that hold.
select id, name, scopes, created_at, used_at from tokens
where member = %(member)s and revoked_at is null
order by id desc;

-- name: revoke_token
-- End one of a member's own tokens.
update tokens set revoked_at = now()
where id = %(token)s and member = %(member)s and revoked_at is null;

-- name: record_assurance
-- A verified age.
insert into assurances (member, provider, method, reference, verified_at, until, recorded_by)
values (%(member)s, %(provider)s, %(method)s, %(reference)s, %(verified_at)s, %(until)s, %(by)s)
returning id;

-- name: withdraw_assurances
-- A member's verified ages count no more.
update assurances set withdrawn_at = now() where member = %(member)s and withdrawn_at is null;

-- name: standing_assurance
-- The newest verified age of a member that counts.
select member, provider, method, reference, verified_at, until from assurances
where member = %(member)s and provider = %(provider)s and withdrawn_at is null
    and verified_at <= now() and until > now() and verified_at > now() - %(within)s
order by verified_at desc limit 1;

-- name: count_reviewers
-- Who can review, of these names where there are any.
select count(*) as reviewers from members
where role in ('operator', 'moderator') and disabled_at is null
    and (cardinality(%(names)s::text[]) = 0 or name_key = any(%(names)s::text[]));
