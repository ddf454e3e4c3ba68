/** `version` (helm 3.19 cmd/helm/version.go). */
import { helmVersion } from '../chart/mod.ts';
import { command } from './context.ts';
import { renderText } from './text-template.ts';

export const version = command({
  usage: 'version',
  help: `Prints the version of Helm whose behaviour this is. A template knows .Version, .GitCommit, .GitTreeState and
.GoVersion.`,
  args: { least: 0, most: 0 },
  flags: [
    { name: 'short', type: 'bool', default: false, help: 'print the version number' },
    {
      name: 'template',
      type: 'string',
      default: '',
      help: 'template for version string format',
    },
    {
      name: 'client',
      short: 'c',
      type: 'bool',
      default: true,
      hidden: true,
      help: 'display client version information',
    },
  ],
  run: (context, _args, flags) => {
    const { gitCommit, gitTreeState, goVersion } = helmVersion;
    // Tools that parse it want three numbers.
    const number = 'v3.19.0';
    if (flags.template !== '') {
      const data = new Map([
        ['Version', number],
        ['GitCommit', gitCommit],
        ['GitTreeState', gitTreeState],
        ['GoVersion', goVersion],
      ]);
      context.out(renderText('_', flags.template, data, context.clock));
    } else if (flags.short) {
      context.out(`${number}${gitCommit.length < 7 ? '' : `+g${gitCommit.slice(0, 7)}`}\n`);
    } else {
      context.out(
        `version.BuildInfo{Version:"${number}", GitCommit:"${gitCommit}", GitTreeState:"${gitTreeState}", GoVersion:"${goVersion}"}\n`,
      );
    }
    return Promise.resolve();
  },
});
