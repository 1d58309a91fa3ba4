-- Servers that share the work on one database, which only PostgreSQL lets them do; here both stay empty. Whoever renews a user's tokens says so, since a refresh token works once.
CREATE TABLE servers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    alive_until INTEGER NOT NULL
);

CREATE TABLE leases (
    portal_id INTEGER PRIMARY KEY,
    server_id INTEGER NOT NULL REFERENCES servers (id) ON DELETE CASCADE
);

ALTER TABLE tokens ADD COLUMN renewing_by INTEGER;
