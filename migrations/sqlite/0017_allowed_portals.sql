-- For operators who let a partner in without a restart: portals that may use the app beside those of the settings.

CREATE TABLE allowed_portals (
    entry TEXT NOT NULL PRIMARY KEY,
    added_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
