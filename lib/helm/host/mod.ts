/** What the pure rooms of the engine need of a machine, by Node: clock, randomness, cryptography. */
export { hostCapabilities } from './host-capabilities.ts';
export { nodeCrypto } from './node-crypto.ts';
