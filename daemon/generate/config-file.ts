/** `.flux.yaml`: how the manifests of a path are generated and updated (spec flux-v1 §4). Pure. */
import { readDocuments } from '../../lib/manifest/mod.ts';
import { Fault, isRecord, messageOf, parseDurationMs } from '../../lib/runtime/mod.ts';

export const configFileName = '.flux.yaml';

export interface GeneratorCommand {
  command: string;
  /** Limit, in milliseconds; `undefined` means the default. */
  timeoutMs: number | undefined;
}

export interface Updater {
  containerImage?: GeneratorCommand;
  policy?: GeneratorCommand;
}

export type GenerationConfig =
  | { kind: 'scanForFiles' }
  | { kind: 'patchUpdated'; generators: readonly GeneratorCommand[]; patchFile: string }
  | {
      kind: 'commandUpdated';
      generators: readonly GeneratorCommand[];
      updaters: readonly Updater[];
    };

/** @param source the file's name, for errors @throws Fault `GenerationConfig` */
export function parseConfigFile(text: string, source: string): GenerationConfig {
  const invalid = (problem: string) =>
    new Fault(
      'GenerationConfig',
      'stall',
      source,
      `${source}: config file is not valid: ${problem}`,
    );
  let document: unknown;
  try {
    [document] = readDocuments(text);
  } catch (cause) {
    throw invalid(messageOf(cause));
  }
  if (!isRecord(document)) throw invalid('it is not a map');
  if (document.version !== 1)
    throw invalid(`version is ${JSON.stringify(document.version)}, not 1`);
  const forms = ['commandUpdated', 'patchUpdated', 'scanForFiles'].filter(
    (form) => document[form] !== undefined,
  );
  if (forms.length !== 1)
    throw invalid('it needs exactly one of commandUpdated, patchUpdated, scanForFiles');
  const [form = ''] = forms;
  const given = document[form] ?? {};
  if (!isRecord(given)) throw invalid(`${form} is not a map`);

  const keys = (of: Record<string, unknown>, where: string, allowed: readonly string[]) => {
    const odd = Object.keys(of).find((key) => !allowed.includes(key));
    if (odd !== undefined) throw invalid(`${where} has no field ${odd}`);
  };
  const command = (value: unknown, where: string): GeneratorCommand => {
    if (!isRecord(value) || typeof value.command !== 'string')
      throw invalid(`${where} has no command`);
    keys(value, where, ['command', 'timeout']);
    const { timeout } = value;
    if (timeout === undefined) return { command: value.command, timeoutMs: undefined };
    try {
      const ms = parseDurationMs(String(timeout));
      // Less than a second counts as not given.
      return { command: value.command, timeoutMs: ms >= 1000 ? ms : undefined };
    } catch (cause) {
      throw invalid(`${where}.timeout: ${messageOf(cause)}`);
    }
  };
  const commands = (value: unknown, where: string): GeneratorCommand[] => {
    if (!Array.isArray(value)) throw invalid(`${where} is not a list`);
    return value.map((one: unknown, at) => command(one, `${where}[${at}]`));
  };

  switch (form) {
    case 'patchUpdated':
      keys(given, form, ['generators', 'patchFile']);
      if (typeof given.patchFile !== 'string') throw invalid('patchUpdated has no patchFile');
      return {
        kind: form,
        generators: commands(given.generators, `${form}.generators`),
        patchFile: given.patchFile,
      };
    case 'commandUpdated': {
      keys(given, form, ['generators', 'updaters']);
      const list = given.updaters ?? [];
      if (!Array.isArray(list)) throw invalid('commandUpdated.updaters is not a list');
      return {
        kind: form,
        generators: commands(given.generators, `${form}.generators`),
        updaters: list.map((one: unknown, at): Updater => {
          const where = `${form}.updaters[${at}]`;
          if (!isRecord(one)) throw invalid(`${where} is not a map`);
          const { containerImage: image, policy } = one;
          return {
            ...(image === undefined
              ? {}
              : { containerImage: command(image, `${where}.containerImage`) }),
            ...(policy === undefined ? {} : { policy: command(policy, `${where}.policy`) }),
          };
        }),
      };
    }
    default:
      keys(given, form, []);
      return { kind: 'scanForFiles' };
  }
}
