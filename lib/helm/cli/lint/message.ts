/** What a linter says. */
export const severities = { info: 1, warning: 2, error: 3 } as const;

export interface LintMessage {
  severity: 1 | 2 | 3;
  path: string;
  text: string;
}

export interface Report {
  messages: LintMessage[];
  /** @returns whether there was nothing to say */
  note(severity: keyof typeof severities, path: string, text: string | undefined): boolean;
}

export function createReport(): Report {
  const messages: LintMessage[] = [];
  return {
    messages,
    note: (severity, path, text) => {
      if (text !== undefined) messages.push({ severity: severities[severity], path, text });
      return text === undefined;
    },
  };
}
