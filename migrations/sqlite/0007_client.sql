-- Clients whose creation was sent to an ESB and not answered yet. Names are digests: what they are made of are people's phones and addresses.
CREATE TABLE unsettled_clients (
    name TEXT NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
