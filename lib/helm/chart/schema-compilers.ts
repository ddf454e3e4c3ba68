/**
 * The validator, in one module to be loaded late: of a CommonJS package that is itself loaded late, bundles have the
 * default export only.
 */
export { Ajv } from 'ajv';
export { Ajv2019 } from 'ajv/dist/2019.js';
export { Ajv2020 } from 'ajv/dist/2020.js';
