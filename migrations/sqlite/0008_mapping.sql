-- From a deal on an ESB back to the deal that it came from: portals may pass deals on, but never back.

CREATE INDEX links_by_esb ON links (connection, entity, esb_id);
