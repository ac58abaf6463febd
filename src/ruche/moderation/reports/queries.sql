-- name: add_report
-- A report of a member's, or a notice from anybody.
insert into reports (id, "case", image, member, contact, receipt, ground, words)
values (%(id)s, %(case)s, %(image)s, %(member)s, %(contact)s, %(receipt)s, %(ground)s, %(words)s);

-- name: lock_reports_of
-- Who opens a case about this image goes one after the other.
select pg_advisory_xact_lock(hashtextextended(%(image)s::text, 7224830292));

-- name: images_bound
-- Those of these images that may not vanish: somebody reported them, they match a bank or their case is
-- for a few only, and nobody has decided; a severe decision waits; or they are removed and stay so.
select images.id from unnest(%(images)s::uuid[]) images (id)
where exists (
        select from cases
        where cases.image = images.id and closed_at is null
            and (kind in ('match', 'notice', 'report') or restricted)
    )
    or exists (
        select from decisions
        where decisions.image = images.id and undoes is null and (took is null or act = 'remove')
            and not exists (select from decisions undoing where undoing.undoes = decisions.id)
    );

-- name: open_report_case
-- The open case about an image that reports and notices join; nobody closes it before the commit.
select id from cases
where image = %(image)s and kind in ('report', 'notice') and closed_at is null
order by opened_at
limit 1
for update;

-- name: sharpen_case
-- More was said about it: no less urgent, no less restricted; where that changes it, whoever looks at it
-- must look again.
update cases set
    risk = least(risk, %(risk)s::smallint),
    restricted = restricted or %(restricted)s,
    due_at = least(due_at, %(due_at)s),
    kind = case when %(notice)s then 'notice' else kind end,
    version = version + 1
where id = %(id)s and (
    risk > %(risk)s::smallint or due_at > %(due_at)s or (%(restricted)s and not restricted)
    or (%(notice)s and kind <> 'notice')
);

-- name: reportable
-- Whose image it is, where all members see it and it is not one's own.
select member from images where id = %(image)s and shown = 'members' and member <> %(member)s;

-- name: owner_of_image
-- Whose image it is.
select member from images where id = %(image)s;

-- name: accuracy
-- How often a member's reports were right within a year.
select count(*) filter (where outcome = 'founded') as founded, count(*) filter (where outcome in ('founded', 'unfounded')) as decided
from reports where member = %(member)s and at > now() - interval '1 year';

-- name: reporters
-- The same for each member who reported what a case is about.
select who.member,
    count(*) filter (where reports.outcome = 'founded') as founded, count(*) filter (where reports.outcome in ('founded', 'unfounded')) as decided
from (select distinct member from reports where "case" = %(case)s and member is not null) who
left join reports on reports.member = who.member and reports.at > now() - interval '1 year'
group by who.member;

-- name: reports_today
-- How many reports a member wrote within a day.
select count(*) as reports from reports where member = %(member)s and at > now() - interval '1 day';

-- name: settle_reports
-- Everybody who brought a case reads what came of it.
update reports set outcome = %(outcome)s where "case" = %(case)s and outcome is null;

-- name: unsettle_reports
-- The answer was taken back; one open report of a member about an image is enough, and one notice with the
-- very same words.
update reports set outcome = null
where "case" = %(case)s
    and not exists (
        select from reports newer
        where newer.image is not distinct from reports.image
            and (
                newer.member = reports.member
                or newer.member is null and reports.member is null and newer.ground = reports.ground
                and lower(newer.contact) = lower(reports.contact) and newer.words = reports.words
            )
            and (
                newer.outcome is null and newer.id <> reports.id
                or newer."case" = reports."case" and (newer.at, newer.id) > (reports.at, reports.id)
            )
    );

-- name: reports_of_case
-- What was reported about a case, oldest first.
select reports.id, reports."case", reports.image, reports.member, reports.contact, reports.ground,
    reports.words, reports.at, reports.outcome, cases.due_at, cases.closed_at as decided_at
from reports join cases on cases.id = reports."case"
where reports."case" = %(case)s
order by reports.at, reports.id;

-- name: reports_of
-- What a member reported, newest first.
select reports.id, reports."case", reports.image, reports.member, reports.contact, reports.ground,
    reports.words, reports.at, reports.outcome, cases.due_at, cases.closed_at as decided_at
from reports join cases on cases.id = reports."case"
where reports.member = %(member)s
order by reports.at desc, reports.id
limit %(limit)s;

-- name: report_by_receipt
-- What came of a report, for whoever has the receipt.
select reports.id, reports."case", reports.image, reports.member, reports.contact, reports.ground,
    reports.words, reports.at, reports.outcome, cases.due_at, cases.closed_at as decided_at
from reports join cases on cases.id = reports."case"
where reports.receipt = %(receipt)s;

-- name: begin_day
-- What addresses are hashed with today, where there is nothing yet.
insert into caller_days (salt) values (%(salt)s) on conflict do nothing;

-- name: salt_of_today
-- What addresses are hashed with today.
select salt from caller_days where day = current_date;

-- name: count_caller
-- One more form from an address today.
insert into callers (day, address) values (current_date, %(address)s)
on conflict (day, address) do update set forms = callers.forms + 1
returning forms;

-- name: forms_of_caller
-- How many forms came from an address today.
select forms from callers where day = current_date and address = %(address)s;

-- name: forget_senders
-- Where requests came from on days that are over.
update optouts set sender = null where sender is not null and at::date <> current_date;

-- name: forget_days
-- Days that are over; a clock that was set back leaves some that seem to come, which go as well.
delete from caller_days where day <> current_date;
