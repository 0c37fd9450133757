// `timmy completion SHELL`: the script that a shell sources. It asks `timmy __complete WORD…` at each Tab, so it
// never goes stale; that answers one proposal a line, its meaning after a tab.

import type { Context } from '../core/index.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

export function printScript(this: Context, _flags: object, shell: Shell): void {
  this.process.stdout.write(scripts[shell])
}

// bash splits words at `:`, `=` and `@` as well, which stand in an ENTRY: the words are cut anew at spaces, and what
// bash already considers done is taken off each proposal.
const bash = String.raw`# bash completion of timmy: eval "$(timmy completion bash)"
_timmy() {
  local line=${'$'}{COMP_LINE:0:COMP_POINT} words word done proposal
  read -ra words <<<"$line"
  if [[ $line == *[[:space:]] ]]; then words+=(''); fi
  word=${'$'}{words[-1]}
  done=
  if [[ -n ${'$'}{COMP_WORDS[COMP_CWORD]} && $word != "${'$'}{COMP_WORDS[COMP_CWORD]}" ]]; then
    done=${'$'}{word%"${'$'}{COMP_WORDS[COMP_CWORD]#[:=@]}"}
  fi
  COMPREPLY=()
  while IFS=$'\t' read -r proposal _; do
    COMPREPLY+=("${'$'}{proposal#"$done"}")
  done < <("$1" __complete "${'$'}{words[@]:1}" 2>/dev/null)
}
complete -o default -F _timmy timmy
`

const zsh = String.raw`#compdef timmy
# zsh completion of timmy: timmy completion zsh > a file _timmy in a folder of fpath
_timmy() {
  local -a proposals
  local name meaning
  while IFS=$'\t' read -r name meaning; do
    proposals+=("${'$'}{name//:/\\:}:$meaning")
  done < <("${'$'}{words[1]}" __complete "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#proposals )); then _describe timmy proposals; else _files; fi
}
if [[ $funcstack[1] == _timmy ]]; then _timmy "$@"; else compdef _timmy timmy; fi
`

const fish = String.raw`# fish completion of timmy: timmy completion fish > ~/.config/fish/completions/timmy.fish
function __timmy_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] __complete $words[2..-1] 2>/dev/null
end
complete -c timmy -a '(__timmy_complete)'
`

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish }
