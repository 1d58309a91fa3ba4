-- For a client secret that is changed on the portal and here at two moments: the one before, which is tried where the newer is refused.

ALTER TABLE portals ADD COLUMN former_secret_protected TEXT;
