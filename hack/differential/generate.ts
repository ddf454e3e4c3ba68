/** Cases of the differential test: a template and the values it sees. */
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import {
  brokenTemplate,
  bytesTemplate,
  controlTemplate,
  literalTemplate,
  pipelineTemplate,
  printfTemplate,
  textCall,
} from './syntax.ts';
import { fixedValues, someDocument, someValues } from './yaml-documents.ts';

export interface Case {
  template: string;
  /** Text of values.yaml. */
  values: string;
}

const ways: readonly ((random: Random) => Case)[] = [
  ...Array.from({ length: 8 }, () => (random: Random) => ({
    template: pipelineTemplate(random),
    values: fixedValues,
  })),
  (random) => ({ template: printfTemplate(random), values: fixedValues }),
  (random) => ({ template: printfTemplate(random), values: fixedValues }),
  (random) => ({ template: literalTemplate(random), values: fixedValues }),
  (random) => ({ template: controlTemplate(random), values: someValues(random) }),
  (random) => ({ template: controlTemplate(random), values: fixedValues }),
  (random) => ({ template: brokenTemplate(random), values: fixedValues }),
  (random) => ({ template: bytesTemplate(random), values: fixedValues }),
  (random) => ({ template: textCall(random), values: fixedValues }),
  (random) => {
    const document = someDocument(random);
    const literal = `"${[...new TextEncoder().encode(document)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`;
    const write = random.pick(['toJson', 'toYaml', 'toYamlPretty', 'printf "%#v"', 'toToml']);
    const read = random.pick(['fromYaml', 'fromYaml', 'fromYaml', 'fromYamlArray']);
    return { template: `{{ ${read} ${literal} | ${write} }}`, values: fixedValues };
  },
  (random) => ({
    template:
      '{{ toJson .Values }}{{ range $k, $v := .Values }}{{ printf "%s %T %v;" $k $v $v }}{{ end }}',
    values: someDocument(random),
  }),
];

/** The cases of a seed, one by one. */
export function* generateCases(seed: number, count: number): Generator<Case> {
  const random = createRandom(seed);
  for (let left = count; left > 0; left -= 1) yield random.pick(ways)(random);
}
