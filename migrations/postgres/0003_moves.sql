-- The move from another database: where it comes from. Until it is finished no server works on this one.
CREATE TABLE moves (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    place TEXT COLLATE "C" NOT NULL,
    began_at BIGINT NOT NULL,
    finished_at BIGINT
);
