/** To be loaded late, as a module of our own: in bundles, a CommonJS package that is loaded late has its default export only. */
export {
  connect,
  credsAuthenticator,
  nkeyAuthenticator,
  nkeys,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
export type { Authenticator } from '@nats-io/transport-node';
