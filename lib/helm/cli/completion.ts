/** `completion bash|fish|powershell|zsh`: scripts that ask `__complete` what may follow. */
import { command } from './context.ts';

type Script = (program: string, word: string) => string;

/** Bits that `__complete` ends with, as cobra defines them: 2 no space, 4 no files. */
const bashScript: Script = (program, word) => `# bash completion for ${program}
_${word}_complete() {
  local current="\${COMP_WORDS[COMP_CWORD]}" out directive line
  out=$("\${COMP_WORDS[0]}" ${askWord} "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$current" 2>/dev/null) || return
  directive="\${out##*:}"
  out="\${out%:*}"
  COMPREPLY=()
  while IFS= read -r line; do
    line="\${line%%$'\\t'*}"
    [[ -n "$line" && "$line" == "$current"* ]] && COMPREPLY+=("$line")
  done <<< "$out"
  (( directive & 2 )) && compopt -o nospace 2>/dev/null
  if [[ \${#COMPREPLY[@]} -eq 0 ]] && ! (( directive & 4 )); then
    compopt -o default 2>/dev/null
  fi
}
complete -F _${word}_complete ${program}
`;

const zshScript: Script = (program, word) => `#compdef ${program}
compdef _${word} ${program}
_${word}() {
  local out directive line
  local -a found
  out=$(\${words[1]} ${askWord} "\${(@)words[2,CURRENT]}" 2>/dev/null) || return
  directive=\${out##*:}
  for line in "\${(@f)\${out%:*}}"; do
    [[ -z "$line" ]] && continue
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${(M)line:#*$'\\t'*}:+:\${line#*$'\\t'}}")
  done
  if (( directive & 2 )); then _describe completions found -S ''; else _describe completions found; fi
  (( \${#found} == 0 && !(directive & 4) )) && _files
}
if [ "$funcstack[1]" = "_${word}" ]; then _${word}; fi
`;

const fishScript: Script = (program, word) => `# fish completion for ${program}
function __${word}_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l out ($words[1] ${askWord} $words[2..-1] "$current" 2>/dev/null)
  for line in $out
    string match -q -r '^:\\d+$' -- $line; or echo $line
  end
end
complete -c ${program} -e
complete -c ${program} -a '(__${word}_complete)'
`;

const powershellScript: Script = (program) => `# powershell completion for ${program}
Register-ArgumentCompleter -Native -CommandName '${program}' -ScriptBlock {
  param($word, $ast, $position)
  $given = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $given += '""' }
  & '${program}' ${askWord} @given 2>$null | Where-Object { $_ -notmatch '^:\\d+$' } | ForEach-Object {
    $text, $about = $_ -split "\`t", 2
    if ($text -like "$word*") {
      [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', ($about ?? $text))
    }
  }
}
`;

/** Stands in the scripts for the hidden command with or without descriptions. */
const askWord = '__ask__';

const script = (shell: string, text: Script) =>
  command({
    usage: `completion ${shell}`,
    help: `Prints a script that lets ${shell} complete the words of this program.`,
    args: { least: 0, most: 0 },
    flags: [
      {
        name: 'no-descriptions',
        type: 'bool',
        default: false,
        help: 'disable completion descriptions',
      },
    ],
    run: (context, _args, flags) => {
      const word = context.program.replaceAll(/\W/g, '_');
      const ask = flags['no-descriptions'] ? '__completeNoDesc' : '__complete';
      context.out(text(context.program, word).replaceAll(askWord, ask));
      return Promise.resolve();
    },
  });

export const bash = script('bash', bashScript);
export const fish = script('fish', fishScript);
export const powershell = script('powershell', powershellScript);
export const zsh = script('zsh', zshScript);
