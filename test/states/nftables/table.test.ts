import { describe, expect, it } from 'vitest'
import { nftablesAbsent } from '../../../states/nftables/absent.ts'
import { nftablesTable } from '../../../states/nftables/table.ts'
import { applyState, bindState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry, type FakeSystem } from '../../fake/fake-system.ts'

const FILE = '/etc/nftables.d/inet-fleet.nft'
const CONTENTS = 'table inet fleet { chain input { } }\n'
const WRITTEN = `table inet fleet\ndelete table inet fleet\n${CONTENTS}`
const FLEET = { name: 'inet fleet', contents: CONTENTS }

/** A kernel in which a table is the text it was created from; `json` is its listing. */
function hostWith(
  live: string | undefined,
  options: { readonly file?: FakeEntry; readonly json?: (text: string) => string; readonly refusal?: string } = {},
): FakeSystem {
  const { file, refusal, json = text => `{"nftables":[{"metainfo":{}},{"rule":${JSON.stringify(text)}}]}` } = options
  let kernel = live
  return createFakeSystem({
    files: {
      '/etc': { directory: true },
      '/etc/nftables.d': file === undefined ? undefined : { directory: true },
      [FILE]: file,
    },
    query(argv, stdin) {
      const words = argv.join(' ')
      if (words.startsWith('unshare --net')) {
        if (refusal !== undefined) return { exitCode: 1, stdout: '', stderr: refusal }
        return { exitCode: 0, stdout: json(bodyOf(stdin)), stderr: 'table inet fleet\n' }
      }
      if (kernel === undefined) return { exitCode: 1, stdout: '', stderr: 'Error: No such file or directory' }
      return words === 'nft list table inet fleet' ? kernel : json(kernel)
    },
    run({ argv, stdin }) {
      const words = argv.join(' ')
      kernel = words === 'nft -f -' ? bodyOf(String(stdin)) : undefined
      return words === 'nft -f -' || words === 'nft delete table inet fleet'
    },
  })
}

const bodyOf = (text: string): string => text.split('\n').slice(2).join('\n')

it('nftables.table loads a missing table and then writes the file', async () => {
  const { actions, left } = await applyState(nftablesTable, FLEET, hostWith(undefined))

  expect(actions).toMatchObject([
    { do: 'run', argv: ['nft', '-f', '-'], stdin: WRITTEN },
    { do: 'make-directory', path: '/etc/nftables.d' },
    { do: 'write-file', path: FILE, content: WRITTEN },
  ])
  expect(left).toEqual([])
})

it('nftables.table leaves a correct table unchanged', async () => {
  expect(await planState(nftablesTable, FLEET, hostWith(CONTENTS, { file: { content: WRITTEN } }))).toEqual([])
})

it('nftables.table detects rules changed only in the kernel and an edited file', async () => {
  const inKernel = hostWith('table inet fleet { }\n', { file: { content: WRITTEN } })
  const inFile = hostWith(CONTENTS, { file: { content: 'flush ruleset\n' } })

  expect(await planState(nftablesTable, FLEET, inKernel)).toMatchObject([{ do: 'run' }])
  expect(await planState(nftablesTable, FLEET, inFile)).toMatchObject([{ do: 'write-file', content: WRITTEN }])
})

it('nftables.table refuses rules that nft rejects, rules that create other tables, and a symlink at its path', async () => {
  const refused = planState(nftablesTable, FLEET, hostWith(undefined, { refusal: 'syntax error' }))
  await expect(refused).rejects.toMatchObject({
    problems: [{ code: 'RULESET_INVALID', message: expect.stringContaining('syntax error') }],
  })
  const linked = planState(nftablesTable, FLEET, hostWith(undefined, { file: { target: '/dev/null' } }))
  await expect(linked).rejects.toMatchObject({ problems: [{ code: 'PATH_TAKEN' }] })
})

it('nftables.table does nothing when it is applied twice', async () => {
  const host = hostWith(undefined)

  await applyState(nftablesTable, FLEET, host)

  expect((await applyState(nftablesTable, FLEET, host)).actions).toEqual([])
})

it('nftables.table ignores counters, handles, element order and dynamic set elements', async () => {
  const told = (more: string): string => `{"nftables":[{"metainfo":{"version":"1"}},
      {"set":{"name":"seen","flags":["dynamic"],"handle":${more.length},"elem":["${more}"]}},
      {"set":{"name":"level","handle":1,"elem":${more.length > 1 ? '["a","b"]' : '["b","a"]'}}},
      {"rule":{"handle":9,"expr":[{"counter":{"packets":${more.length},"bytes":7}}]}}]}`
  let asked = 0
  const host = hostWith(CONTENTS, { file: { content: WRITTEN }, json: () => told(asked++ === 0 ? 'x' : 'yy') })

  expect(await planState(nftablesTable, FLEET, host)).toEqual([])
})

it('nftables.table can restore the previous table or its absence', async () => {
  const old = 'table inet fleet { chain old { } }\n'
  const none = await bindState(nftablesTable, FLEET).inspect(hostWith(undefined))
  const some = await bindState(nftablesTable, FLEET).inspect(hostWith(old))

  expect(none.reverts).toMatchObject([{ do: 'run', stdin: 'table inet fleet\ndelete table inet fleet\n' }])
  expect(some.reverts).toMatchObject([{ do: 'run', stdin: `table inet fleet\ndelete table inet fleet\n${old}` }])
})

describe('nftables.absent', () => {
  const GONE = { name: 'inet fleet' }

  it('nftables.absent removes table and file, and restores them when the change is not confirmed', async () => {
    const host = hostWith(CONTENTS, { file: { content: WRITTEN } })
    const { reverts } = await bindState(nftablesAbsent, GONE).inspect(host)
    const { actions, left } = await applyState(nftablesAbsent, GONE, host)

    expect(actions).toMatchObject([
      { do: 'remove', path: FILE },
      { do: 'run', argv: ['nft', 'delete', 'table', 'inet', 'fleet'] },
    ])
    expect(left).toEqual([])
    expect(reverts).toMatchObject([{ do: 'run', stdin: WRITTEN }])
  })

  it('nftables.absent does nothing when neither table nor file exists', async () => {
    expect(await planState(nftablesAbsent, GONE, hostWith(undefined))).toEqual([])
  })

  it('nftables.absent removes a lone file or a lone table', async () => {
    const file = await planState(nftablesAbsent, GONE, hostWith(undefined, { file: { content: '' } }))
    const table = await planState(nftablesAbsent, GONE, hostWith(CONTENTS))

    expect([file, table].map(actions => actions.map(action => action.do))).toEqual([['remove'], ['run']])
  })
})
