/** Talks the OCI distribution protocol. */
export type { ImageInfo, Keychain, RegistryClient, RegistryCredentials } from './types.ts';
