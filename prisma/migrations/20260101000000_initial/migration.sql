-- Applied by the role spikefit_owner, which owns every table and is therefore not subject to row-level security.
-- spikefit_application (API, workers) sees the rows of the tenant named by the setting spikefit.tenant_id.
-- spikefit_notifier sees all tenants, in the tables it needs.
-- Times have milliseconds, as in JavaScript, so that cursors compare exactly.

CREATE TYPE job_status AS ENUM ('queued', 'running', 'pausing', 'paused', 'canceling', 'canceled', 'succeeded', 'failed');
CREATE TYPE delivery_status AS ENUM ('pending', 'delivered', 'failed');

-- Tables ------------------------------------------------------------------------------------------------------------

CREATE TABLE tenants (
  id text NOT NULL,
  name text NOT NULL,
  webhook_secret bytea NOT NULL,
  previous_webhook_secret bytea,
  previous_webhook_secret_until timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT tenants_pkey PRIMARY KEY (id)
);

CREATE TABLE api_keys (
  id text NOT NULL,
  tenant_id text NOT NULL,
  name text NOT NULL,
  prefix text NOT NULL,
  key_hash text NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3),
  last_used_at timestamptz(3),
  revoked_at timestamptz(3),
  CONSTRAINT api_keys_pkey PRIMARY KEY (id),
  CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT api_keys_key_hash_check CHECK (key_hash ~ '^[0-9a-f]{64}$')
);
CREATE UNIQUE INDEX api_keys_key_hash_key ON api_keys (key_hash);
CREATE INDEX api_keys_tenant_id_created_at_id_idx ON api_keys (tenant_id, created_at, id);

CREATE TABLE jobs (
  id text NOT NULL,
  tenant_id text NOT NULL,
  name text,
  requested jsonb NOT NULL,
  resolved jsonb NOT NULL,
  model_sha256 text NOT NULL,
  architecture text NOT NULL,
  dataset_id text NOT NULL,
  target_id text NOT NULL,
  target_version integer NOT NULL,
  metadata jsonb NOT NULL,
  priority integer NOT NULL,
  seed integer NOT NULL,
  status job_status NOT NULL DEFAULT 'queued',
  status_message text,
  phase text,
  attempt integer NOT NULL DEFAULT 0,
  interruptions integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  lease_owner text,
  lease_epoch integer NOT NULL DEFAULT 0,
  lease_until timestamptz(3),
  enqueue_seq integer NOT NULL DEFAULT 1,
  event_seq integer NOT NULL DEFAULT 0,
  pin jsonb,
  progress_fraction double precision NOT NULL DEFAULT 0,
  progress_eta_seconds double precision,
  progress_updated_at timestamptz(3),
  error_code text,
  error_detail text,
  not_before timestamptz(3),
  cancel_requested_at timestamptz(3),
  queued_at timestamptz(3) NOT NULL DEFAULT now(),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  CONSTRAINT jobs_pkey PRIMARY KEY (id),
  CONSTRAINT jobs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT jobs_priority_check CHECK (priority BETWEEN 0 AND 100),
  -- A lease exists exactly while a worker holds the job.
  CONSTRAINT jobs_lease_check CHECK (
    (status IN ('running', 'pausing', 'canceling')) = (lease_owner IS NOT NULL)
    AND (lease_owner IS NULL) = (lease_until IS NULL)
  ),
  CONSTRAINT jobs_ended_check CHECK ((status IN ('succeeded', 'failed', 'canceled')) = (ended_at IS NOT NULL)),
  CONSTRAINT jobs_error_check CHECK ((status = 'failed') = (error_code IS NOT NULL))
);
CREATE INDEX jobs_tenant_id_created_at_id_idx ON jobs (tenant_id, created_at, id);
CREATE INDEX jobs_tenant_id_status_created_at_id_idx ON jobs (tenant_id, status, created_at, id);
CREATE INDEX jobs_waiting_idx ON jobs (priority DESC, queued_at, id) WHERE status = 'queued';
CREATE INDEX jobs_leased_idx ON jobs (lease_until) WHERE lease_until IS NOT NULL;

CREATE TABLE job_transitions (
  job_id text NOT NULL,
  seq integer NOT NULL,
  tenant_id text NOT NULL,
  status job_status NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT now(),
  message text,
  CONSTRAINT job_transitions_pkey PRIMARY KEY (job_id, seq),
  CONSTRAINT job_transitions_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE ON UPDATE RESTRICT
);

CREATE TABLE job_events (
  job_id text NOT NULL,
  seq integer NOT NULL,
  id text NOT NULL,
  tenant_id text NOT NULL,
  type text NOT NULL,
  attempt integer NOT NULL,
  replayed boolean NOT NULL,
  data jsonb NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT job_events_pkey PRIMARY KEY (job_id, seq),
  CONSTRAINT job_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE ON UPDATE RESTRICT,
  CONSTRAINT job_events_seq_check CHECK (seq >= 1)
);
CREATE UNIQUE INDEX job_events_id_key ON job_events (id);
-- A job ends once.
CREATE UNIQUE INDEX job_events_end_idx ON job_events (job_id)
  WHERE type IN ('job.succeeded', 'job.failed', 'job.canceled');

CREATE TABLE checkpoints (
  id text NOT NULL,
  job_id text NOT NULL,
  seq integer NOT NULL,
  tenant_id text NOT NULL,
  attempt integer NOT NULL,
  phase text NOT NULL,
  epoch integer NOT NULL,
  step integer NOT NULL,
  sha256 text NOT NULL,
  bytes bigint NOT NULL,
  metrics jsonb NOT NULL,
  pin jsonb NOT NULL,
  object_key text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT checkpoints_pkey PRIMARY KEY (id),
  CONSTRAINT checkpoints_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX checkpoints_job_id_seq_key ON checkpoints (job_id, seq);
CREATE UNIQUE INDEX checkpoints_object_key_key ON checkpoints (object_key);

CREATE TABLE codebooks (
  checkpoint_id text NOT NULL,
  position integer NOT NULL,
  tenant_id text NOT NULL,
  layer text NOT NULL,
  group_index integer NOT NULL,
  levels integer NOT NULL,
  codes bytea NOT NULL,
  delta double precision NOT NULL,
  counts integer[] NOT NULL,
  CONSTRAINT codebooks_pkey PRIMARY KEY (checkpoint_id, position),
  CONSTRAINT codebooks_checkpoint_id_fkey FOREIGN KEY (checkpoint_id) REFERENCES checkpoints (id) ON DELETE CASCADE ON UPDATE RESTRICT
);

CREATE TABLE masks (
  checkpoint_id text NOT NULL,
  position integer NOT NULL,
  tenant_id text NOT NULL,
  layer text NOT NULL,
  unit text NOT NULL,
  shape integer[] NOT NULL,
  kept integer NOT NULL,
  bitmap bytea NOT NULL,
  CONSTRAINT masks_pkey PRIMARY KEY (checkpoint_id, position),
  CONSTRAINT masks_checkpoint_id_fkey FOREIGN KEY (checkpoint_id) REFERENCES checkpoints (id) ON DELETE CASCADE ON UPDATE RESTRICT
);

CREATE TABLE artifacts (
  id text NOT NULL,
  job_id text NOT NULL,
  tenant_id text NOT NULL,
  name text NOT NULL,
  format text NOT NULL,
  media_type text NOT NULL,
  bytes bigint NOT NULL,
  sha256 text NOT NULL,
  object_key text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT artifacts_pkey PRIMARY KEY (id),
  CONSTRAINT artifacts_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX artifacts_job_id_name_key ON artifacts (job_id, name);
CREATE INDEX artifacts_object_key_idx ON artifacts (object_key);

CREATE TABLE reports (
  job_id text NOT NULL,
  tenant_id text NOT NULL,
  body jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT reports_pkey PRIMARY KEY (job_id),
  CONSTRAINT reports_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE ON UPDATE RESTRICT
);

CREATE TABLE idempotency_keys (
  tenant_id text NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  body_hash text NOT NULL,
  status_code integer NOT NULL,
  body jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, route, key),
  CONSTRAINT idempotency_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

CREATE TABLE webhook_endpoints (
  id text NOT NULL,
  tenant_id text NOT NULL,
  job_id text,
  url text NOT NULL,
  secret bytea,
  events text[] NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  disabled_at timestamptz(3),
  CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_endpoints_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT webhook_endpoints_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE INDEX webhook_endpoints_job_id_idx ON webhook_endpoints (job_id);
CREATE INDEX webhook_endpoints_tenant_id_idx ON webhook_endpoints (tenant_id);

CREATE TABLE webhook_deliveries (
  id text NOT NULL,
  tenant_id text NOT NULL,
  job_id text NOT NULL,
  endpoint_id text NOT NULL,
  event_id text NOT NULL,
  status delivery_status NOT NULL DEFAULT 'pending',
  attempt integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz(3) DEFAULT now(),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  delivered_at timestamptz(3),
  CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_deliveries_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE ON UPDATE RESTRICT,
  CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id) ON DELETE CASCADE ON UPDATE RESTRICT,
  CONSTRAINT webhook_deliveries_event_id_fkey FOREIGN KEY (event_id) REFERENCES job_events (id) ON DELETE CASCADE ON UPDATE RESTRICT,
  CONSTRAINT webhook_deliveries_due_check CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL)),
  CONSTRAINT webhook_deliveries_delivered_check CHECK ((status = 'delivered') = (delivered_at IS NOT NULL))
);
-- An event goes to an endpoint once.
CREATE UNIQUE INDEX webhook_deliveries_endpoint_id_event_id_key ON webhook_deliveries (endpoint_id, event_id);
CREATE INDEX webhook_deliveries_job_id_created_at_id_idx ON webhook_deliveries (job_id, created_at, id);
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (next_attempt_at) WHERE status = 'pending';

CREATE TABLE webhook_attempts (
  delivery_id text NOT NULL,
  attempt integer NOT NULL,
  tenant_id text NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT now(),
  status_code integer,
  error text,
  duration_ms integer NOT NULL,
  CONSTRAINT webhook_attempts_pkey PRIMARY KEY (delivery_id, attempt),
  CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries (id) ON DELETE CASCADE ON UPDATE RESTRICT
);

CREATE TABLE outbox (
  id bigserial NOT NULL,
  tenant_id text NOT NULL,
  job_id text NOT NULL,
  enqueue_seq integer NOT NULL,
  priority integer NOT NULL,
  due_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT outbox_pkey PRIMARY KEY (id),
  CONSTRAINT outbox_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE INDEX outbox_due_at_id_idx ON outbox (due_at, id);
CREATE INDEX outbox_job_id_idx ON outbox (job_id);

-- Functions ---------------------------------------------------------------------------------------------------------

-- Who a key belongs to. It runs as the owner, because no tenant is known before it has answered.
CREATE FUNCTION spikefit_authenticate(hash text)
RETURNS TABLE (key_id text, tenant_id text, scopes text[], expires_at timestamptz, expired boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT k.id, k.tenant_id, k.scopes, k.expires_at, coalesce(k.expires_at <= now(), false)
  FROM public.api_keys k
  WHERE k.key_hash = hash AND k.revoked_at IS NULL
$$;
REVOKE ALL ON FUNCTION spikefit_authenticate(text) FROM PUBLIC;

-- Where the tenant's queued jobs stand among those of all tenants, from 1. Runs as the owner, because it counts
-- foreign rows; it answers for own jobs alone.
CREATE FUNCTION spikefit_queue_positions(job_ids text[])
RETURNS TABLE (job_id text, queue_position integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT waiting.id, waiting.place::integer
  FROM (
    SELECT j.id, j.tenant_id, row_number() OVER (ORDER BY j.priority DESC, j.queued_at, j.id) AS place
    FROM public.jobs j
    WHERE j.status = 'queued'
  ) waiting
  WHERE waiting.id = ANY (job_ids) AND waiting.tenant_id = current_setting('spikefit.tenant_id', true)
$$;
REVOKE ALL ON FUNCTION spikefit_queue_positions(text[]) FROM PUBLIC;

-- Wakes the listeners when the transaction commits.
CREATE FUNCTION spikefit_notify_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('spikefit_event', NEW.job_id || ' ' || NEW.seq);
  RETURN NULL;
END
$$;
CREATE TRIGGER notify_event AFTER INSERT ON job_events FOR EACH ROW EXECUTE FUNCTION spikefit_notify_event();

CREATE FUNCTION spikefit_notify_channel() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify(TG_ARGV[0], '');
  RETURN NULL;
END
$$;
CREATE TRIGGER notify_outbox AFTER INSERT ON outbox
  FOR EACH STATEMENT EXECUTE FUNCTION spikefit_notify_channel('spikefit_outbox');
CREATE TRIGGER notify_delivery AFTER INSERT ON webhook_deliveries
  FOR EACH STATEMENT EXECUTE FUNCTION spikefit_notify_channel('spikefit_delivery');

-- Row-level security ------------------------------------------------------------------------------------------------

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'api_keys', 'jobs', 'job_transitions', 'job_events', 'checkpoints', 'codebooks', 'masks', 'artifacts', 'reports',
    'idempotency_keys', 'webhook_endpoints', 'webhook_deliveries', 'webhook_attempts', 'outbox'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY tenant_isolation ON %I TO spikefit_application '
      'USING (tenant_id = (SELECT current_setting(''spikefit.tenant_id'', true))) '
      'WITH CHECK (tenant_id = (SELECT current_setting(''spikefit.tenant_id'', true)))', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY[
    'jobs', 'job_transitions', 'job_events', 'checkpoints', 'artifacts', 'idempotency_keys', 'webhook_endpoints',
    'webhook_deliveries', 'webhook_attempts', 'outbox'
  ] LOOP
    EXECUTE format('CREATE POLICY notifier ON %I TO spikefit_notifier USING (true) WITH CHECK (true)', name);
  END LOOP;
END
$$;
-- The application has no business with tenants: no policy, no grant.
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY notifier ON tenants TO spikefit_notifier USING (true);

-- Grants ------------------------------------------------------------------------------------------------------------

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO spikefit_application, spikefit_notifier;

GRANT SELECT, INSERT, UPDATE (last_used_at, revoked_at) ON api_keys TO spikefit_application;
GRANT SELECT, INSERT, UPDATE ON jobs, idempotency_keys TO spikefit_application;
GRANT SELECT, INSERT ON job_transitions, job_events, checkpoints, codebooks, masks, artifacts, reports TO spikefit_application;
GRANT SELECT, INSERT ON webhook_deliveries TO spikefit_application;
GRANT SELECT ON webhook_attempts TO spikefit_application;
-- Secrets go in, and only the notifier takes them out.
GRANT SELECT (id, tenant_id, job_id, url, events, created_at, disabled_at), INSERT ON webhook_endpoints TO spikefit_application;
GRANT INSERT ON outbox TO spikefit_application;
GRANT USAGE ON SEQUENCE outbox_id_seq TO spikefit_application, spikefit_notifier;
GRANT EXECUTE ON FUNCTION spikefit_authenticate(text), spikefit_queue_positions(text[]) TO spikefit_application;

GRANT SELECT (id, webhook_secret, previous_webhook_secret, previous_webhook_secret_until) ON tenants TO spikefit_notifier;
GRANT SELECT, UPDATE ON jobs TO spikefit_notifier;
GRANT SELECT, INSERT ON job_transitions, job_events, webhook_attempts TO spikefit_notifier;
GRANT SELECT (id, job_id, object_key, created_at) ON checkpoints, artifacts TO spikefit_notifier;
GRANT SELECT, DELETE ON idempotency_keys TO spikefit_notifier;
GRANT SELECT, UPDATE (disabled_at) ON webhook_endpoints TO spikefit_notifier;
GRANT SELECT, INSERT, UPDATE ON webhook_deliveries TO spikefit_notifier;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO spikefit_notifier;
