-- Small states of the desk that a restart needs, such as where losses are counted from.
CREATE TABLE kept (
    name    text PRIMARY KEY,
    text    text NOT NULL,
    changed timestamptz NOT NULL
);
