-- The first schema, for everyone: portals and their users' tokens, ESB connections, mapping profiles, transfers with their attempts, links.
-- Times are UTC in milliseconds since 1970. Columns named *_protected hold ciphertext (Data Protection).

CREATE TABLE portals (
    id INTEGER PRIMARY KEY,
    member_id TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    oauth_server TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('connected', 'disconnected', 'uninstalled')),
    state_reason TEXT,
    installer_user_id INTEGER NOT NULL,
    language TEXT NOT NULL,
    application_token_hash TEXT,
    client_id TEXT,
    client_secret_protected TEXT,
    installed_at INTEGER NOT NULL,
    erase_at INTEGER
) STRICT;

CREATE TABLE registrations (
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (portal_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    user_id INTEGER NOT NULL,
    access_protected TEXT NOT NULL,
    refresh_protected TEXT,
    expires_at INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    dead_at INTEGER,
    PRIMARY KEY (portal_id, user_id)
) STRICT;

CREATE TABLE connections (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    webhooks_protected TEXT NOT NULL,
    profile TEXT NOT NULL,
    create_missing_fields INTEGER NOT NULL,
    portals TEXT NOT NULL,
    owner_portal_id INTEGER REFERENCES portals (id)
) STRICT;

CREATE TABLE profiles (
    code TEXT NOT NULL,
    version INTEGER NOT NULL,
    json TEXT NOT NULL,
    owner_portal_id INTEGER REFERENCES portals (id),
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (code, version)
) STRICT;

-- No foreign key: links outlive all that they tell of.
CREATE TABLE links (
    member_id TEXT NOT NULL,
    connection TEXT NOT NULL,
    entity INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    esb_id INTEGER NOT NULL,
    hash TEXT,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (member_id, connection, entity, source_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE complete_links (
    member_id TEXT NOT NULL,
    connection TEXT NOT NULL,
    completed_at INTEGER NOT NULL,
    PRIMARY KEY (member_id, connection)
) STRICT, WITHOUT ROWID;

CREATE TABLE transfers (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    robot_code TEXT NOT NULL,
    event_token TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    entity_type_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    user_id INTEGER,
    connection TEXT NOT NULL,
    properties TEXT NOT NULL,
    waits INTEGER NOT NULL,
    times_out_at INTEGER,
    called_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    give_up_at INTEGER NOT NULL,
    -- 'queued' can be claimed when due; 'behind' waits too, but for the transfer of the same deal that is 'queued' or 'running'.
    state TEXT NOT NULL CHECK (state IN ('unverified', 'queued', 'behind', 'running', 'parked', 'done', 'failed')),
    due_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    profile TEXT,
    title TEXT,
    intent_at INTEGER,
    intended_deal INTEGER NOT NULL DEFAULT 0,
    -- Bits: 1 the robot's answer, 2 the timeline entry, 4 the notifications.
    reported INTEGER NOT NULL DEFAULT 0,
    outcome_status TEXT CHECK (outcome_status IN ('created', 'updated', 'skipped', 'failed')),
    esb_deal_id INTEGER,
    esb_deal_url TEXT,
    error_code TEXT,
    error_message TEXT,
    products_sent INTEGER,
    files_sent INTEGER,
    outcome_at INTEGER,
    answered_at INTEGER,
    finished_at INTEGER
) STRICT;

-- A portal repeats an event it is unsure of.
CREATE UNIQUE INDEX transfers_by_event ON transfers (portal_id, event_token);

-- The queue proper. It holds only what can be claimed, however long the history grows.
CREATE INDEX transfers_claimable ON transfers (portal_id, connection, due_at) WHERE state = 'queued';

-- Who of a deal is in front, and who is next.
CREATE INDEX transfers_open_of_deal ON transfers (portal_id, connection, entity_type_id, item_id, state)
    WHERE state = 'queued' OR state = 'behind' OR state = 'running';

CREATE INDEX transfers_by_deal ON transfers (portal_id, entity_type_id, item_id);

CREATE INDEX transfers_by_state ON transfers (portal_id, state);

CREATE INDEX transfers_finished ON transfers (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE attempts (
    sequence INTEGER NOT NULL REFERENCES transfers (sequence) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    step TEXT NOT NULL,
    failure TEXT,
    error_code TEXT,
    error_message TEXT,
    PRIMARY KEY (sequence, number)
) STRICT, WITHOUT ROWID;
