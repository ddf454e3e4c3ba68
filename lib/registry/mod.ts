/** Talks the OCI distribution protocol. */
export { awsKeys } from './aws.ts';
export { signAws } from './aws-signature.ts';
export type { AwsKeys } from './aws-signature.ts';
export { asksForBasic, basicHeader, bearerHeader, tokenUrl } from './challenge.ts';
export { cloudKeychains, ecrAllows } from './cloud.ts';
export type { CloudOptions, EcrFilter } from './cloud.ts';
export { createRegistryClient } from './client.ts';
export type { RegistryClientOptions } from './client.ts';
export {
  keychainFromDockerConfig,
  keychainFromPullSecret,
  mergeKeychains,
} from './docker-config.ts';
export { RegistryError } from './errors.ts';
export type { RegistryReason } from './errors.ts';
export type { ImageInfo, Keychain, RegistryClient, RegistryCredentials } from './types.ts';
