import type { Command, Option } from 'commander'
import { COMPLETION_FILES, type CompletedShell } from '../../master/cli/complete/scripts.ts'
import { minionProgram } from '../docs/cli-options.ts'

/** Where each shell of Debian looks for the completion of a program. */
const PLACES: { readonly [shell in CompletedShell]: (program: string) => string } = {
  bash: program => `usr/share/bash-completion/completions/${program}`,
  zsh: program => `usr/share/zsh/vendor-completions/_${program}`,
  fish: program => `usr/share/fish/vendor_completions.d/${program}.fish`,
}

/** Lists the completion files of a package by path. Those of `minion` list its commands, because it offers no names. */
export function completionFiles(program: 'master' | 'minion'): ReadonlyMap<string, string> {
  const texts = program === 'master' ? COMPLETION_FILES : minionScripts(minionProgram())
  return new Map(Object.entries(PLACES).map(([shell, place]) => [place(program), texts[shell as CompletedShell]]))
}

interface Words {
  readonly verb: string
  readonly help: string
  readonly options: readonly Option[]
}

function minionScripts(program: Command): { readonly [shell in CompletedShell]: string } {
  const verbs = program.commands
    .filter(command => command.name() !== 'help')
    .map((command): Words => ({ verb: command.name(), help: command.description(), options: command.options }))
  return {
    bash: bashScript(verbs, program.options),
    zsh: zshScript(verbs, program.options),
    fish: fishScript(verbs, program.options),
  }
}

function bashScript(verbs: readonly Words[], common: readonly Option[]): string {
  const cases = verbs.map(({ verb, options }) => `    ${verb}) words='${[...longs(options), '--help'].join(' ')}' ;;\n`)
  const first = [...verbs.map(({ verb }) => verb), ...longs(common), '--help'].join(' ')
  return `# completion of \`minion\` for bash
_saltern_minion() {
  local verb= word words previous=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word != -* && $previous != --state ]]; then verb=$word; break; fi
    previous=$word
  done
  case $verb in
    '') words='${first}' ;;
${cases.join('')}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o bashdefault -o default -F _saltern_minion minion
`
}

function zshScript(verbs: readonly Words[], common: readonly Option[]): string {
  const described = verbs.map(({ verb, help }) => `    ${quoted(`${verb}:${help.replaceAll(':', '\\:')}`)}\n`)
  const cases = verbs.map(
    ({ verb, options }) => `    ${verb}) compadd -- ${[...longs(options), '--help'].join(' ')} ;;\n`,
  )
  return `#compdef minion
local -a verbs
local verb
verbs=(
${described.join('')})
for verb in \${words[2,CURRENT-1]}; do
  (( \${verbs[(I)$verb:*]} )) && break
  verb=
done
if [[ -z $verb ]]; then
  _describe command verbs
  compadd -- ${[...longs(common), '--help'].join(' ')}
elif [[ $PREFIX == -* ]]; then
  case $verb in
${cases.join('')}  esac
else
  _files
fi
`
}

function fishScript(verbs: readonly Words[], common: readonly Option[]): string {
  const option = ({ long, required, description }: Option, when: string): string => {
    return `complete -c minion${when} -l ${long?.slice(2)}${required ? ' -r' : ''} -d ${quoted(description)}\n`
  }
  const lines = verbs.flatMap(({ verb, help, options }) => [
    `complete -c minion -n __fish_use_subcommand -f -a ${verb} -d ${quoted(help)}\n`,
    ...options.map(one => option(one, ` -n '__fish_seen_subcommand_from ${verb}'`)),
  ])
  return `# completion of \`minion\` for fish\n${common.map(one => option(one, '')).join('')}${lines.join('')}`
}

function longs(options: readonly Option[]): readonly string[] {
  return options.flatMap(({ long }) => long ?? [])
}

/** Quotes text for each of the shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’')}'`
}
