import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { minionProgram } from '../../scripts/docs/cli-options.ts'
import { completionFiles } from '../../scripts/package/completion.ts'

const MINION = completionFiles('minion')
const BASH = MINION.get('usr/share/bash-completion/completions/minion') ?? ''

/** What bash offers for the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${BASH}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _saltern_minion; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n')
}

it('the packages put completion files where bash, zsh and fish of Debian look for them', () => {
  expect([...completionFiles('master').keys(), ...MINION.keys()]).toEqual([
    'usr/share/bash-completion/completions/master',
    'usr/share/zsh/vendor-completions/_master',
    'usr/share/fish/vendor_completions.d/master.fish',
    'usr/share/bash-completion/completions/minion',
    'usr/share/zsh/vendor-completions/_minion',
    'usr/share/fish/vendor_completions.d/minion.fish',
  ])
  for (const program of ['master', 'minion'] as const) {
    const zsh = completionFiles(program).get(`usr/share/zsh/vendor-completions/_${program}`)
    expect(zsh?.split('\n')[0]).toBe(`#compdef ${program}`)
  }
})

it('the completion of `minion` in bash offers its commands, and the options of the one that was typed', () => {
  expect(offered('minion', 'jo')).toEqual(['join'])
  expect(offered('minion', '--state', '/srv/state', 'sta')).toEqual(['start', 'status'])
  expect(offered('minion', 'join', '--to')).toEqual(['--token-file'])
  expect(offered('minion', 'join', '/etc/')).toEqual([''])
})

it('the completion of `minion` has every command and option in every shell', () => {
  for (const { commands, options } of [minionProgram()]) {
    const words = [
      ...commands.map(command => command.name()).filter(name => name !== 'help'),
      ...[...options, ...commands.flatMap(command => command.options)].flatMap(({ long }) => long?.slice(2) ?? []),
    ]
    for (const [path, text] of MINION) expect([path, words.filter(word => !text.includes(word))]).toEqual([path, []])
  }
})
