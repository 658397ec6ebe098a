-- After how many seconds an operator is away unless they are heard from, until when they are there, and since when they
-- are away, once that was told. The end of a lease that is not over is a row of due, of kind 1.
ALTER TABLE maitred.operators ADD COLUMN away_after_s BIGINT;
ALTER TABLE maitred.operators ADD COLUMN present_until BIGINT;
ALTER TABLE maitred.operators ADD COLUMN away_at BIGINT;
