import { describe, expect, it } from 'vitest'
import { fileBlockreplace } from '../../../states/file/blockreplace.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry } from '../../fake/fake-system.ts'

const HOSTS = '/etc/hosts'
const [FROM, TO] = ['# Saltern: from here', '# Saltern: to here']
const BLOCK = { name: HOSTS, contents: '10.0.0.5 db1' }
const host = (entry: FakeEntry | undefined) =>
  createFakeSystem({ files: { '/etc': { directory: true }, [HOSTS]: entry } })

describe('file.blockreplace', () => {
  it('makes a file that holds only the block', async () => {
    const { actions, left } = await applyState(fileBlockreplace, BLOCK, host(undefined))

    expect(actions).toMatchObject([
      { do: 'write-file', content: `${FROM}\n10.0.0.5 db1\n${TO}\n`, mode: '0644', owner: 'root' },
    ])
    expect(left).toEqual([])
  })

  it('leaves a block alone that is already right', async () => {
    const content = `127.0.0.1 localhost\n${FROM}\n10.0.0.5 db1\n${TO}\n# more\n`

    expect(await planState(fileBlockreplace, BLOCK, host({ content }))).toEqual([])
  })

  it('replaces what drifted in its place, and adds what is missing at the end; mode and other lines stay', async () => {
    const drifted = host({ content: `first\n${FROM}\nsomething\nelse\n${TO}\nlast\n`, mode: '0600' })
    const missing = host({ content: 'first' })

    expect((await applyState(fileBlockreplace, BLOCK, drifted)).actions).toMatchObject([
      { content: `first\n${FROM}\n10.0.0.5 db1\n${TO}\nlast\n`, mode: '0600' },
    ])
    expect((await applyState(fileBlockreplace, BLOCK, missing)).actions).toMatchObject([
      { content: `first\n${FROM}\n10.0.0.5 db1\n${TO}\n` },
    ])
  })

  it('takes the block away with its marks when it is empty, and only the first mark when the second is lost', async () => {
    const empty = { ...BLOCK, contents: '' }
    const whole = await applyState(fileBlockreplace, empty, host({ content: `first\n${FROM}\nx\n${TO}\nlast\n` }))
    const half = await applyState(fileBlockreplace, BLOCK, host({ content: `first\n${FROM}\nmine\n` }))

    expect(whole.actions).toMatchObject([{ content: 'first\nlast\n' }])
    expect(half.actions).toMatchObject([{ content: `first\n${FROM}\n10.0.0.5 db1\n${TO}\nmine\n` }])
    expect(await planState(fileBlockreplace, empty, host(undefined))).toEqual([])
  })

  it('refuses a directory or link in the way', async () => {
    await expect(planState(fileBlockreplace, BLOCK, host({ directory: true }))).rejects.toMatchObject({
      problems: [{ code: 'PATH_TAKEN' }],
    })
  })

  it('does nothing when it is applied twice', async () => {
    const twice = host({ content: 'first\n' })

    await applyState(fileBlockreplace, BLOCK, twice)

    expect((await applyState(fileBlockreplace, BLOCK, twice)).actions).toEqual([])
  })
})

describe('file.blockreplace of a file with CRLF', () => {
  const text = `a\r\n${FROM}\r\nold\r\n${TO}\r\nz\r\n`

  it('replaces the block in its place, with the line ends of the file', async () => {
    const { actions, left } = await applyState(
      fileBlockreplace,
      { ...BLOCK, contents: 'neu\n' },
      host({ content: text }),
    )

    expect(actions).toMatchObject([{ content: `a\r\n${FROM}\r\nneu\r\n${TO}\r\nz\r\n` }])
    expect(left).toEqual([])
  })

  it('whose other lines end in LF leaves a block with CRLF alone that is already right', async () => {
    const mixed = `x\n${FROM}\r\nold\r\n${TO}\r\n`

    for (const contents of ['old\r\n', 'old\n', 'old']) {
      expect(await planState(fileBlockreplace, { ...BLOCK, contents }, host({ content: mixed }))).toEqual([])
    }
  })

  it('without an end of its last line gets the block with CRLF too', async () => {
    const { actions, left } = await applyState(
      fileBlockreplace,
      { ...BLOCK, contents: 'neu\n' },
      host({ content: 'a\r\nb' }),
    )

    expect(actions).toMatchObject([{ content: `a\r\nb\r\n${FROM}\r\nneu\r\n${TO}\r\n` }])
    expect(left).toEqual([])
  })

  it('leaves a block alone that is already right, takes it away, and adds a new one', async () => {
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
