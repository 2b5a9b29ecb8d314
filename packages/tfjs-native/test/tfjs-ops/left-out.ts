const withoutBackend = 'plain functions; nothing reaches a backend';
const models = 'loads and saves models; nothing reaches a backend';
const ownBackends = 'the engine and its registries with backends that the test makes up itself';
const browser = 'for a browser';

/** The files of tfjs-core's tests that are not run on the backend, and why. All others are. */
export const leftOut: Readonly<Record<string, string>> = {
  'backends/non_max_suppression_util_test': withoutBackend,
  browser_util_test: browser,
  device_util_test: browser,
  engine_test: ownBackends,
  environment_test: ownBackends,
  flags_test: ownBackends,
  hash_util_test: withoutBackend,
  'io/browser_files_test': browser,
  'io/composite_array_buffer_test': models,
  'io/http_test': models,
  'io/indexed_db_test': browser,
  'io/io_utils_test': models,
  'io/local_storage_test': browser,
  'io/model_management_test': browser,
  'io/passthrough_test': models,
  'io/progress_test': models,
  'io/router_registry_test': models,
  'io/weights_loader_test': models,
  jasmine_util_test: "tests of tfjs-core's own test tools",
  kernel_registry_test: ownBackends,
  'platforms/platform_browser_test': browser,
  profiler_test: 'the profiler with a timer and a logger of its own',
  serialization_test: withoutBackend,
  test_util_test: "tests of tfjs-core's own test tools",
  types_test: withoutBackend,
  util_test: withoutBackend,
  version_test: withoutBackend,
};
