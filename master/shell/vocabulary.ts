import type { VerbWords } from '../cli/complete/grammar.ts'
import { MINIONS } from '../cli/render/minions.ts'

const HELP = [{ names: ['-h', '--help'], value: undefined, variadic: false }]
const target = { name: 'target', variadic: true, required: false }

/** Commands that only the shell has. */
const OWN_WORDS: readonly VerbWords[] = [
  {
    name: 'use',
    summary: 'set the default target of verbs; without arguments, clear it',
    takes: [target],
    runs: false,
    options: [],
    verbs: [],
  },
  {
    name: 'ls',
    summary: 'list the minions of the target (as `minions`)',
    takes: [target],
    runs: false,
    options: [
      ...HELP,
      ...['--json', '--wide'].map(name => ({ names: [name], value: undefined, variadic: false })),
      { names: ['--columns'], value: 'columns', variadic: false, choices: MINIONS.map(({ name }) => name) },
    ],
    verbs: [],
  },
  {
    name: 'help',
    summary: 'show this list, or the help of a verb',
    takes: [{ name: 'verb', variadic: false, required: false }],
    runs: false,
    options: [],
    verbs: [],
  },
  { name: 'exit', summary: 'exit the shell, as does Ctrl-D', takes: [], runs: false, options: [], verbs: [] },
]

/** Verbs that would end or replace the shell that they are typed in, each with what to do instead. */
export const REFUSED: { readonly [verb: string]: string } = {
  start: 'A master is started by its unit: `systemctl start saltern-master`.',
  shell: 'This is the shell; `exit` leaves it.',
  completion: 'It is for bash and zsh; here tab completes already.',
}

/** Returns what can be typed in the shell: the commands of the CLI and its own. Pure. */
export function vocabularyOf(program: VerbWords): VerbWords {
  const verbs = program.verbs.filter(({ name }) => !Object.hasOwn(REFUSED, name))
  return { ...program, verbs: [...OWN_WORDS, ...verbs] }
}

/** Returns the text of `help`. Pure. */
export function helpText({ verbs }: VerbWords): string {
  const own = new Set(OWN_WORDS.map(({ name }) => name))
  const widest = Math.max(...verbs.map(({ name }) => name.length))
  const line = ({ name, summary }: VerbWords): string => `  ${name.padEnd(widest)}  ${summary}\n`
  const mine = verbs.filter(({ name }) => own.has(name)).map(line)
  const others = verbs.filter(({ name }) => !own.has(name)).map(line)
  return `Shell commands:
${mine.join('')}
Verbs, the same as after \`master\`; \`help VERB\` or \`VERB --help\` says more:
${others.join('')}
Targets:      web1  web*  web1,web2  role=db  level=staging  os=debian  grain.arch=x64  and or not ( )
              a group of fleet.yml  online  offline  failed  outdated  @FILE
Quotes are as in any shell, '...' and "..."; nothing is expanded, and there are no pipes.
Tab completes, up and down look through the history, ctrl-C ends what runs, ctrl-L clears the screen.
`
}
