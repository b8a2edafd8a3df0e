import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, plainContent, word } from '../kinds.ts'
import { type FileLook, lookAtFile, planFile } from '../lib/file-plan.ts'
import { elementsOfJson, elementsOfText, writtenElement } from '../lib/nft-elements.ts'
import { required } from '../params.ts'

interface Current {
  /** The kernel's elements; undefined when there is no such set. */
  readonly live: readonly string[] | undefined
  readonly wanted: readonly string[]
  readonly file: FileLook
}

export const nftablesSet = defineState({
  name: 'nftables.set',
  summary: 'Sets the exact elements of an nftables set. Only elements are added and removed; no rules are reloaded.',
  nameKind: word(
    'family, table and set, such as `inet fleet clients`',
    /^(ip|ip6|inet|arp|bridge|netdev) [A-Za-z_][A-Za-z0-9_]* [A-Za-z_][A-Za-z0-9_]*$/,
  ),
  params: {
    contents: required(
      plainContent(),
      'Elements in the syntax of nft(8), one per line. Use `source: PATH` instead to take a file of the role.',
    ),
    config: required(
      absolutePath(),
      'File that stores the elements. The file that loads the table must include it after the table.',
    ),
  },
  owns: ({ name }) => `nftables-set:${name}`,
  async read(system, { name, contents, config }): Promise<Current> {
    const { exitCode, stdout, stderr } = await system.query(['nft', '-j', 'list', 'set', ...name.split(' ')])
    const live = exitCode === 0 ? elementsOfJson(stdout) : undefined
    if (exitCode !== 0 && !/No such file or directory/.test(stderr)) throw unreadable(name, stderr)
    const wanted = elementsOfText(await system.plainText(contents))
    return { live, wanted, file: await lookAtFile(system, config, fileText(name, wanted)) }
  },
  plan({ name, config }, { live, wanted, file }) {
    if (live === undefined) throw setMissing(name)
    const fresh = wanted.filter(element => !live.includes(element))
    const stale = live.filter(element => !wanted.includes(element))
    const lines = [...statement('delete', name, stale), ...statement('add', name, fresh)]
    const actions: Action[] = []
    // Change the kernel first: what it refuses must not be loaded at the next boot.
    if (lines.length > 0) {
      const summary = `change the set ${name}: ${[...stale.map(one => `-${one}`), ...fresh.map(one => `+${one}`)].join(', ')}`
      actions.push({ do: 'run', summary, argv: ['nft', '-f', '-'], stdin: `${lines.join('\n')}\n` })
    }
    const content = fileText(name, wanted)
    return [
      ...actions,
      ...planFile({ path: config, content, mode: '0644', user: 'root', group: 'root', showDiff: true }, file),
    ]
  },
})

function fileText(name: string, elements: readonly string[]): string {
  return [`# Written by Saltern.`, `flush set ${name}`, ...statement('add', name, elements), ''].join('\n')
}

function statement(verb: 'add' | 'delete', name: string, elements: readonly string[]): readonly string[] {
  return elements.length === 0 ? [] : [`${verb} element ${name} { ${elements.map(writtenElement).join(', ')} }`]
}

function setMissing(name: string): AppError {
  return new AppError({
    code: 'SET_MISSING',
    message: `the kernel has no nftables set \`${name}\``,
    hint: 'Require the state that loads its table.',
  })
}

function unreadable(name: string, words: string): AppError {
  return new AppError({
    code: 'SET_MISSING',
    message: `nft cannot list the set \`${name}\`: ${words.trim()}`,
    hint: 'Run it on the host to see more: `nft list ruleset`.',
  })
}
