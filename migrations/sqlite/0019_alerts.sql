-- For hosts who want to be told once of what needs a person: the alerts that are not over, and who knows of them.

CREATE TABLE alerts (
    subject TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    portal_id INTEGER,
    connection TEXT NOT NULL,
    host TEXT NOT NULL,
    detail TEXT NOT NULL,
    since INTEGER NOT NULL,
    ended_at INTEGER,
    host_told INTEGER NOT NULL,
    portal_told INTEGER NOT NULL
) STRICT;
