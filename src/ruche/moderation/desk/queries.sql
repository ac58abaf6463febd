-- name: open_case
-- Put a question into the line.
insert into cases (id, kind, image, member, about, restricted, risk, facts, cluster, due_at)
values (%(id)s, %(kind)s, %(image)s, %(member)s, %(about)s, %(restricted)s, %(risk)s, %(facts)s,
    %(cluster)s::bytea, %(due_at)s);
