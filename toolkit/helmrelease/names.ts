/** Names of releases; see lib/objects. */
export { shortenName } from '../../lib/objects/mod.ts';
