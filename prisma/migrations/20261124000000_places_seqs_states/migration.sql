-- Places in the queue by its index, newest events of many jobs in one read, full states that are deleted before their rows.

-- Where one of the tenant's queued jobs stands among those of all tenants, from 1; null for any other job. Runs as the
-- owner, because it counts foreign rows.
DROP FUNCTION spikefit_queue_positions(text[]);
CREATE FUNCTION spikefit_queue_position(job_id text)
RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  own record;
BEGIN
  SELECT j.priority, j.queued_at, j.id INTO own
  FROM public.jobs j
  WHERE j.id = job_id AND j.status = 'queued' AND j.tenant_id = current_setting('spikefit.tenant_id', true);
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  -- Two ranges of jobs_waiting_idx. Statements of their own: with the values known, the planner sees how short they are.
  RETURN 1 + (
    SELECT count(*)::integer FROM public.jobs ahead WHERE ahead.status = 'queued' AND ahead.priority > own.priority
  ) + (
    SELECT count(*)::integer FROM public.jobs ahead
    WHERE ahead.status = 'queued' AND ahead.priority = own.priority
      AND (ahead.queued_at, ahead.id) < (own.queued_at, own.id)
  );
END
$$;
REVOKE ALL ON FUNCTION spikefit_queue_position(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION spikefit_queue_position(text) TO spikefit_application;

-- The newest event's seq of each of these jobs, whoever they belong to: what the channel spikefit_event tells everybody,
-- for a listener that may have missed it.
CREATE FUNCTION spikefit_event_seqs(job_ids text[])
RETURNS TABLE (job_id text, event_seq integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT j.id, j.event_seq FROM public.jobs j WHERE j.id = ANY (job_ids)
$$;
REVOKE ALL ON FUNCTION spikefit_event_seqs(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION spikefit_event_seqs(text[]) TO spikefit_application;

-- The row stays, with its codebooks and masks; the object that it names is garbage from then on.
ALTER TABLE checkpoints ADD COLUMN state_deleted_at timestamptz(3);
CREATE INDEX checkpoints_state_kept_idx ON checkpoints (job_id, seq) WHERE state_deleted_at IS NULL;
GRANT SELECT (seq, state_deleted_at), UPDATE (state_deleted_at) ON checkpoints TO spikefit_notifier;
