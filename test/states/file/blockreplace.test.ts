import { describe, expect, it } from 'vitest'
import { fileBlockreplace } from '../../../states/file/blockreplace.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry } from '../../fake/fake-system.ts'

const HOSTS = '/etc/hosts'
const [FROM, TO] = ['# Saltern: from here', '# Saltern: to here']
const BLOCK = { name: HOSTS, contents: '10.0.0.5 db1' }
const host = (entry: FakeEntry | undefined) =>
  createFakeSystem({ files: { '/etc': { directory: true }, [HOSTS]: entry } })

it('file.blockreplace creates a file that contains only the block', async () => {
  const { actions, left } = await applyState(fileBlockreplace, BLOCK, host(undefined))

  expect(actions).toMatchObject([
    { do: 'write-file', content: `${FROM}\n10.0.0.5 db1\n${TO}\n`, mode: '0644', owner: 'root' },
  ])
  expect(left).toEqual([])
})

it('file.blockreplace leaves a correct block unchanged', async () => {
  const content = `127.0.0.1 localhost\n${FROM}\n10.0.0.5 db1\n${TO}\n# more\n`

  expect(await planState(fileBlockreplace, BLOCK, host({ content }))).toEqual([])
})

it('file.blockreplace replaces a drifted block in place, appends a missing one, and keeps mode and other lines', async () => {
  const drifted = host({ content: `first\n${FROM}\nsomething\nelse\n${TO}\nlast\n`, mode: '0600' })
  const missing = host({ content: 'first' })

  expect((await applyState(fileBlockreplace, BLOCK, drifted)).actions).toMatchObject([
    { content: `first\n${FROM}\n10.0.0.5 db1\n${TO}\nlast\n`, mode: '0600' },
  ])
  expect((await applyState(fileBlockreplace, BLOCK, missing)).actions).toMatchObject([
    { content: `first\n${FROM}\n10.0.0.5 db1\n${TO}\n` },
  ])
})

it('file.blockreplace removes an empty block with its markers, and a lone start marker', async () => {
  const empty = { ...BLOCK, contents: '' }
  const whole = await applyState(fileBlockreplace, empty, host({ content: `first\n${FROM}\nx\n${TO}\nlast\n` }))
  const half = await applyState(fileBlockreplace, BLOCK, host({ content: `first\n${FROM}\nmine\n` }))

  expect(whole.actions).toMatchObject([{ content: 'first\nlast\n' }])
  expect(half.actions).toMatchObject([{ content: `first\n${FROM}\n10.0.0.5 db1\n${TO}\nmine\n` }])
  expect(await planState(fileBlockreplace, empty, host(undefined))).toEqual([])
})

it('file.blockreplace refuses a directory or symlink at its path', async () => {
  await expect(planState(fileBlockreplace, BLOCK, host({ directory: true }))).rejects.toMatchObject({
    problems: [{ code: 'PATH_TAKEN' }],
  })
})

it('file.blockreplace does nothing when it is applied twice', async () => {
  const twice = host({ content: 'first\n' })

  await applyState(fileBlockreplace, BLOCK, twice)

  expect((await applyState(fileBlockreplace, BLOCK, twice)).actions).toEqual([])
})

describe('file.blockreplace of a file with CRLF', () => {
  const text = `a\r\n${FROM}\r\nold\r\n${TO}\r\nz\r\n`

  it('file.blockreplace in a CRLF file replaces the block in place with CRLF line endings', async () => {
    const { actions, left } = await applyState(
      fileBlockreplace,
      { ...BLOCK, contents: 'neu\n' },
      host({ content: text }),
    )

    expect(actions).toMatchObject([{ content: `a\r\n${FROM}\r\nneu\r\n${TO}\r\nz\r\n` }])
    expect(left).toEqual([])
  })

  it('file.blockreplace leaves a correct CRLF block unchanged when the other lines end in LF', async () => {
    const mixed = `x\n${FROM}\r\nold\r\n${TO}\r\n`

    for (const contents of ['old\r\n', 'old\n', 'old']) {
      expect(await planState(fileBlockreplace, { ...BLOCK, contents }, host({ content: mixed }))).toEqual([])
    }
  })

  it('file.blockreplace appends a CRLF block to a CRLF file without a final line ending', async () => {
    const { actions, left } = await applyState(
      fileBlockreplace,
      { ...BLOCK, contents: 'neu\n' },
      host({ content: 'a\r\nb' }),
    )

    expect(actions).toMatchObject([{ content: `a\r\nb\r\n${FROM}\r\nneu\r\n${TO}\r\n` }])
    expect(left).toEqual([])
  })

  it('file.blockreplace in a CRLF file keeps a correct block, removes a block and adds a new one', async () => {
    expect(await planState(fileBlockreplace, { ...BLOCK, contents: 'old' }, host({ content: text }))).toEqual([])
    expect(await planState(fileBlockreplace, { ...BLOCK, contents: 'old\r\n' }, host({ content: text }))).toEqual([])
    expect(await planState(fileBlockreplace, { ...BLOCK, contents: '' }, host({ content: text }))).toMatchObject([
      { content: 'a\r\nz\r\n' },
    ])
    expect(await planState(fileBlockreplace, { ...BLOCK, contents: 'b' }, host({ content: 'a\r\n' }))).toMatchObject([
      { content: `a\r\n${FROM}\r\nb\r\n${TO}\r\n` },
    ])
  })
})
