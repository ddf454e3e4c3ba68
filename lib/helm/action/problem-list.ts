/** Several problems as one text, as hashicorp/go-multierror prints them. */
import { messageOf } from '../../runtime/mod.ts';

export function problemList(problems: readonly unknown[]): string {
  const texts = problems.map((problem) => `* ${messageOf(problem)}`);
  const head = `${texts.length} error${texts.length === 1 ? '' : 's'} occurred:`;
  return `${head}\n\t${texts.join('\n\t')}\n\n`;
}
