/** YAML as Helm reads and writes it (sigs.k8s.io/yaml 1.6), and JSON as Go does. Pure. */
export { YamlError } from './errors.ts';
export type { YamlReason } from './errors.ts';
export { parseJson, parseJsonArray, parseJsonMap } from './json-read.ts';
export { compareText } from '../values/mod.ts';
export { JsonFields, writeJson } from './json-write.ts';
export type { JsonMarshaler, JsonStyle } from './json-write.ts';
export type { Node as YamlNode } from './node.ts';
export { formatFloat, formatJsonFloat } from './number.ts';
export { parseDocument } from './parser.ts';
export type { ScalarStyle } from './token.ts';
export { parseYaml, parseYamlArray, parseYamlMap } from './read.ts';
export type { ReadOptions } from './read.ts';
export { toYaml, toYamlPretty } from './write.ts';
export { writeString } from './write-scalar.ts';
