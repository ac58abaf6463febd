-- name: policy_in_force
-- The newest version of the policy that was adopted, and the mark of its text.
select version, mark from policies where adopted_at is not null order by version desc limit 1;

-- name: policy_text
-- What a version says.
select text from policies where version = %(version)s;
