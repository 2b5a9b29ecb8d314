-- Sweeps: a grid of jobs. A sweep has no status of its own; it is read off its jobs. A cell's job is the newest of its runs.

CREATE TABLE sweeps (
  id text NOT NULL,
  tenant_id text NOT NULL,
  name text,
  base jsonb NOT NULL,
  axes jsonb NOT NULL,
  cells integer NOT NULL,
  priority integer NOT NULL,
  metadata jsonb NOT NULL,
  resumes integer NOT NULL DEFAULT 0,
  plot_key text,
  plot_sha256 text,
  plot_bytes bigint,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT sweeps_pkey PRIMARY KEY (id),
  CONSTRAINT sweeps_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT sweeps_cells_check CHECK (cells >= 1),
  CONSTRAINT sweeps_plot_check CHECK (
    (plot_key IS NULL) = (plot_sha256 IS NULL) AND (plot_key IS NULL) = (plot_bytes IS NULL)
  )
);
CREATE INDEX sweeps_tenant_id_created_at_id_idx ON sweeps (tenant_id, created_at, id);
CREATE INDEX sweeps_unplotted_idx ON sweeps (created_at) WHERE plot_key IS NULL;

ALTER TABLE jobs
  ADD COLUMN sweep_id text,
  ADD COLUMN cell integer,
  ADD COLUMN cell_run integer,
  ADD CONSTRAINT jobs_sweep_id_fkey FOREIGN KEY (sweep_id) REFERENCES sweeps (id) ON DELETE CASCADE ON UPDATE RESTRICT,
  ADD CONSTRAINT jobs_sweep_check CHECK (
    (sweep_id IS NULL) = (cell IS NULL) AND (sweep_id IS NULL) = (cell_run IS NULL)
  );
CREATE UNIQUE INDEX jobs_sweep_id_cell_cell_run_key ON jobs (sweep_id, cell, cell_run);

-- A webhook of a sweep hears of all its jobs, also of those that a resume adds.
ALTER TABLE webhook_endpoints
  ADD COLUMN sweep_id text,
  ADD CONSTRAINT webhook_endpoints_sweep_id_fkey
    FOREIGN KEY (sweep_id) REFERENCES sweeps (id) ON DELETE CASCADE ON UPDATE RESTRICT,
  ADD CONSTRAINT webhook_endpoints_owner_check CHECK (job_id IS NULL OR sweep_id IS NULL);
CREATE INDEX webhook_endpoints_sweep_id_idx ON webhook_endpoints (sweep_id);

ALTER TABLE sweeps ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sweeps TO spikefit_application
  USING (tenant_id = (SELECT current_setting('spikefit.tenant_id', true)))
  WITH CHECK (tenant_id = (SELECT current_setting('spikefit.tenant_id', true)));
CREATE POLICY notifier ON sweeps TO spikefit_notifier USING (true) WITH CHECK (true);

-- What the tables of a sweep need of a report: whole reports of a thousand jobs would be a hundred megabytes.
CREATE FUNCTION spikefit_report_figures(body jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT jsonb_build_object(
    'baseline', jsonb_build_object('accuracy', body #> '{baseline,accuracy}', 'size', body #> '{baseline,size}'),
    'compressed', jsonb_build_object('accuracy', body #> '{compressed,accuracy}', 'size', body #> '{compressed,size}',
      'synapticOperations', body #> '{compressed,synapticOperations}'),
    'energy', body -> 'energy')
$$;
REVOKE ALL ON FUNCTION spikefit_report_figures(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION spikefit_report_figures(jsonb) TO spikefit_application;

-- The notifier draws the plot of a sweep that has ended. It sees these figures, and not the reports; so this runs as the
-- owner.
CREATE FUNCTION spikefit_sweep_figures(of_sweep text)
RETURNS TABLE (job_id text, figures jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT r.job_id, public.spikefit_report_figures(r.body)
  FROM public.jobs j JOIN public.reports r ON r.job_id = j.id
  WHERE j.sweep_id = of_sweep
$$;
REVOKE ALL ON FUNCTION spikefit_sweep_figures(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION spikefit_sweep_figures(text) TO spikefit_notifier;

GRANT SELECT, INSERT, UPDATE (resumes, plot_key, plot_sha256, plot_bytes) ON sweeps TO spikefit_application;
GRANT SELECT, UPDATE (plot_key, plot_sha256, plot_bytes) ON sweeps TO spikefit_notifier;
GRANT SELECT (sweep_id) ON webhook_endpoints TO spikefit_application;
