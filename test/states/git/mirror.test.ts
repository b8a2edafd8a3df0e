import { expect, it } from 'vitest'
import { gitMirror } from '../../../states/git/mirror.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry, type FakeSystem } from '../../fake/fake-system.ts'

const PATH = '/srv/git/up.git'
const UP = { name: PATH, url: 'https://git.example/up.git', user: 'git' }
const RIGHT = {
  'core.bare': ['true'],
  'remote.origin.url': [UP.url],
  'remote.origin.fetch': ['+refs/*:refs/*'],
  'fetch.prune': ['true'],
}

function hostWith(entry: FakeEntry | undefined, settings: { readonly [key: string]: readonly string[] }): FakeSystem {
  const known = new Map(Object.entries(settings))
  return createFakeSystem({
    files: { '/srv/git': { directory: true }, [PATH]: entry },
    query: argv => {
      if (argv.join(' ') !== `git -C ${PATH} config --local --null --list`) return undefined
      return [...known].flatMap(([key, values]) => values.map(value => `${key}\n${value}\0`)).join('')
    },
    run({ argv, user }, fake) {
      if (argv[1] === 'init') {
        fake.setFile(PATH, { directory: true })
        known.set('core.bare', ['true'])
      } else known.set(argv.at(-2) ?? '', [argv.at(-1) ?? ''])
      return argv[0] === 'git' && user === 'git'
    },
  })
}

it('git.mirror creates a bare repository and configures its upstream', async () => {
  const { actions, left } = await applyState(gitMirror, UP, hostWith(undefined, {}))

  expect(actions).toMatchObject([
    { do: 'run', argv: ['git', 'init', '--quiet', '--bare', '--', PATH], user: 'git' },
    { summary: `set remote.origin.url to ${UP.url}` },
    { summary: 'set remote.origin.fetch to +refs/*:refs/*' },
    { summary: 'set fetch.prune to true' },
  ])
  expect(left).toEqual([])
})

it('git.mirror leaves a correct mirror unchanged', async () => {
  expect(await planState(gitMirror, UP, hostWith({ directory: true }, RIGHT))).toEqual([])
})

it('git.mirror corrects drifted settings and replaces several values with one', async () => {
  const moved = { ...RIGHT, 'remote.origin.url': ['https://old.example/up.git'] }
  const doubled = { ...RIGHT, 'remote.origin.fetch': ['+refs/heads/*:refs/heads/*', '+refs/*:refs/*'] }

  expect(await planState(gitMirror, UP, hostWith({ directory: true }, moved))).toMatchObject([
    { argv: ['git', '-C', PATH, 'config', '--local', '--replace-all', 'remote.origin.url', UP.url] },
  ])
  expect(await planState(gitMirror, UP, hostWith({ directory: true }, doubled))).toHaveLength(1)
})

it('git.mirror refuses a file at its path and a URL that git would parse as an option', async () => {
  await expect(planState(gitMirror, UP, hostWith({ content: '' }, {}))).rejects.toMatchObject({
    problems: [{ code: 'PATH_TAKEN' }],
  })
  expect(gitMirror.check({ ...UP, url: '--upload-pack=sh' })).toMatchObject({ ok: false })
})

it('git.mirror does nothing when it is applied twice', async () => {
  const host = hostWith(undefined, {})

  await applyState(gitMirror, UP, host)

  expect((await applyState(gitMirror, UP, host)).actions).toEqual([])
})
