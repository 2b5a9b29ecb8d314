-- Dense networks that several jobs of a tenant start from: what a job has at the end of `pretrain`, by a hash of all that it
-- depends on. While there is no object, the job that makes it is named; its lease fences it.

CREATE TABLE pretrained_states (
  tenant_id text NOT NULL,
  content_hash text NOT NULL,
  maker_job_id text NOT NULL,
  lease_epoch integer NOT NULL,
  object_key text,
  sha256 text,
  bytes bigint,
  used_at timestamptz(3) NOT NULL DEFAULT now(),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT pretrained_states_pkey PRIMARY KEY (tenant_id, content_hash),
  CONSTRAINT pretrained_states_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT pretrained_states_maker_job_id_fkey FOREIGN KEY (maker_job_id) REFERENCES jobs (id) ON DELETE CASCADE ON UPDATE RESTRICT,
  CONSTRAINT pretrained_states_hash_check CHECK (content_hash ~ '^[0-9a-f]{64}$'),
  CONSTRAINT pretrained_states_object_check CHECK (
    (object_key IS NULL) = (sha256 IS NULL) AND (object_key IS NULL) = (bytes IS NULL)
  )
);
CREATE INDEX pretrained_states_used_at_idx ON pretrained_states (used_at);
CREATE INDEX pretrained_states_maker_job_id_idx ON pretrained_states (maker_job_id);

-- The content hash of the state that a queued job waits for.
ALTER TABLE jobs ADD COLUMN waits_for text;
CREATE INDEX jobs_waits_for_idx ON jobs (tenant_id, waits_for) WHERE waits_for IS NOT NULL;

ALTER TABLE pretrained_states ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON pretrained_states TO spikefit_application
  USING (tenant_id = (SELECT current_setting('spikefit.tenant_id', true)))
  WITH CHECK (tenant_id = (SELECT current_setting('spikefit.tenant_id', true)));
CREATE POLICY notifier ON pretrained_states TO spikefit_notifier USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON pretrained_states TO spikefit_application;
GRANT SELECT (object_key, used_at), DELETE ON pretrained_states TO spikefit_notifier;
