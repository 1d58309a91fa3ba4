-- The servers that share the work, by numbers that are never given again, with the time until which each lives (milliseconds, by this database's clock), and whose portals are whose; portal 0 stands for leading. Whoever
-- renews a user's tokens says so, since a refresh token works once.
CREATE TABLE servers (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    alive_until BIGINT NOT NULL
);

CREATE TABLE leases (
    portal_id BIGINT PRIMARY KEY,
    server_id BIGINT NOT NULL REFERENCES servers (id) ON DELETE CASCADE
);

ALTER TABLE tokens ADD COLUMN renewing_by BIGINT;
