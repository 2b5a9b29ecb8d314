export const nativeBackendName = 'native';
