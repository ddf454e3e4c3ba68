/** Talks the OCI distribution protocol. */
export { asksForBasic, basicHeader, bearerHeader, tokenUrl } from './challenge.ts';
export { cloudKeychains, ecrAllows } from './cloud.ts';
export type { EcrFilter } from './cloud.ts';
export { createRegistryClient } from './client.ts';
export type { RegistryClientOptions } from './client.ts';
export {
  keychainFromDockerConfig,
  keychainFromPullSecret,
  mergeKeychains,
} from './docker-config.ts';
export { RegistryError } from './errors.ts';
export type { RegistryReason } from './errors.ts';
export { isCloudProvider, providerCredentials } from './provider.ts';
export type { CloudProvider, ProviderCredentials } from './provider.ts';
export type { ImageInfo, Keychain, RegistryClient, RegistryCredentials } from './types.ts';
