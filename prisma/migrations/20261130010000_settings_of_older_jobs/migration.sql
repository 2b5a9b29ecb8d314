-- Specs of jobs that were resolved before there were these settings get what such jobs do; what a spec says stays.
UPDATE jobs SET resolved = '{"composition": "chained"}'::jsonb || resolved
  || jsonb_build_object(
    'quantization',
    '{"initialization": "k-means", "assignments": "nearest", "pull": 0, "gradientScale": "sqrt", "recenter": false,
      "pinZero": false, "temperature": 0, "freezeFraction": 0.25}'::jsonb || (resolved -> 'quantization'),
    'pruning',
    '{"unit": "channel", "labels": "true", "normalization": "none", "interactions": false, "cost": "budget",
      "compensation": "none", "floorUnits": 4, "floorFraction": 0.1}'::jsonb || (resolved -> 'pruning'))
WHERE jsonb_typeof(resolved -> 'quantization') = 'object' AND jsonb_typeof(resolved -> 'pruning') = 'object';
