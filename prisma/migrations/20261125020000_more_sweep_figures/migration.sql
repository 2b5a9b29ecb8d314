-- What the tables of a sweep show of a report: now with neurons, synapses, spike rate and the verdict on the target. Rights
-- and owner of a function stay when it is replaced.
CREATE OR REPLACE FUNCTION spikefit_report_figures(body jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT jsonb_build_object(
    'baseline', jsonb_build_object('accuracy', body #> '{baseline,accuracy}', 'size', body #> '{baseline,size}'),
    'compressed', jsonb_build_object('accuracy', body #> '{compressed,accuracy}', 'size', body #> '{compressed,size}',
      'neurons', body #> '{compressed,neurons}', 'synapses', body #> '{compressed,synapses}',
      'spikeRate', body #> '{compressed,spikeRate}',
      'synapticOperations', body #> '{compressed,synapticOperations}'),
    'energy', body -> 'energy',
    'fit', jsonb_build_object('verdict', body #> '{fit,verdict}'))
$$;
