/** A program that changes manifests on their way to the cluster (helm 3.19 pkg/postrender). */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../runtime/mod.ts';
import { refuse } from './context.ts';
import type { CommandContext } from './context.ts';

/**
 * @returns nothing when no program is named
 * @throws HelmError when the program is nowhere
 */
export async function postRendererOf(
  flags: {
    'post-renderer': string;
    'post-renderer-args': readonly string[];
  },
  environment: CommandContext['env'],
): Promise<((manifest: string) => Promise<string>) | undefined> {
  const program = flags['post-renderer'];
  if (program === '') return undefined;
  const file = await fileOf(program, environment['PATH'] ?? '');
  return async (manifest) => {
    const { exitCode, stdout, stderr } = await runProgram(file, flags['post-renderer-args'], {
      stdin: manifest,
      env: Object.fromEntries(
        Object.entries(environment).flatMap(([key, value]) =>
          value === undefined ? [] : [[key, value]],
        ),
      ),
    });
    if (exitCode !== 0) {
      throw refuse(
        `error while running command ${file}. error output:\n${stderr.toString()}: exit status ${exitCode}`,
      );
    }
    const text = stdout.toString();
    if (text.trim() === '') throw refuse(`post-renderer "${file}" produced empty output`);
    return text;
  };
}

/** In the search path, or at the place that is named. */
async function fileOf(program: string, searchPath: string): Promise<string> {
  const places = program.includes('/')
    ? [path.resolve(program)]
    : [...searchPath.split(path.delimiter), '.'].map((folder) => path.resolve(folder, program));
  for (const place of places) {
    const found = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return place;
  }
  const why = program.includes('/')
    ? `stat ${program}: no such file or directory`
    : 'executable file not found in $PATH';
  throw refuse(
    `invalid argument "${program}" for "--post-renderer" flag: unable to find binary at ${program}: exec: "${program}": ${why}`,
  );
}
