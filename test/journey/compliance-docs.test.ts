import { execFile } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PROGRAM, Scene, until } from './scene.ts'

const PAGE = readFileSync(resolve(import.meta.dirname, '../../docs/compliance.md'), 'utf8')
const scene = new Scene()
const reports = join(scene.directory, 'reports')

/** Returns the texts of all blocks of one language. */
function blocks(language: string): readonly string[] {
  return [...PAGE.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, of, text]) =>
    of === language && text ? [text] : [],
  )
}

beforeAll(async () => {
  await scene.makeFleet({
    'roles/db/role.yml': 'summary: writes a file\n',
    'roles/db/states.yml': `config:\n  file.managed: {name: "${scene.out}/{{minion.id}}", contents: "one\\n", ${scene.owner}}\n`,
    'inventory.yml': 'p1: {roles: [db], level: production}\ns1: {roles: [db], level: staging}\n',
    'schedule.yml': blocks('yaml')
      .join('')
      .replace('/var/lib/saltern/reports', reports)
      .replaceAll(/[a-z]+\.example\.org(?=[,/])/g, '127.0.0.1'),
  })
  writeFileSync(join(scene.directory, 'hook-secret'), 'secret of the hook')
  const shim = join(scene.directory, 'master-shim')
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`)
  chmodSync(shim, 0o755)
  await scene.startMaster()
  await scene.join('p1')
  await scene.join('s1')
  await scene.must(['apply', '*'])
})
afterAll(() => scene.close())

/** Runs a line as an operator types it, with `master` in the path. */
function type(line: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const script = `master() { "${join(scene.directory, 'master-shim')}" "$@"; }\nset -o pipefail\n${line}`
  const path = [process.env['PATH'] ?? '', '/usr/bin', '/bin'].join(delimiter)
  return new Promise(done => {
    execFile('bash', ['-c', script], { cwd: scene.directory, env: { ...scene.env, PATH: path } }, (error, out, err) =>
      done({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
    )
  })
}

it.each(blocks('sh').flatMap(block => block.trimEnd().split('\n')))(
  'the command in docs/compliance.md succeeds: %s',
  async line => {
    expect(await type(line)).toMatchObject({ code: 0 })
  },
)

it('docs/compliance.md names every status, cause and format', async () => {
  const { CAUSE_LABELS, STATUS_LABELS } = await import('../../master/compliance/format/labels.ts')
  const { FORMATS } = await import('../../master/compliance/document.ts')
  const words = [...Object.values(STATUS_LABELS), ...Object.values(CAUSE_LABELS)].map(word => `| ${word} |`)
  const formats = Object.keys(FORMATS).map(format => `| \`${format}\` |`)

  expect([...words, ...formats].filter(row => !PAGE.includes(row))).toEqual([])
})

it('the schedule in docs/compliance.md delivers the files that the page lists', async () => {
  const names = (): readonly string[] => (existsSync(reports) ? readdirSync(reports) : [])
  // The text and then the page follow the attachments.
  await until(
    'the report is delivered',
    () => names().some(name => name.endsWith('.html')),
    () => names().join('\n'),
  )

  const endings = names().map(name => name.replace(/^.*\./, ''))
  expect(endings.sort()).toEqual(['csv', 'html', 'json', 'txt', 'xml'])
})

it('docs/compliance.md links to eight images that exist', () => {
  const pictures = [...PAGE.matchAll(/\]\((images\/[^)]+)\)/g)].map(([, path]) => path ?? '')

  expect(pictures).toHaveLength(8)
  for (const path of pictures) {
    expect(readFileSync(resolve(import.meta.dirname, '../../docs', path)).toString('latin1', 1, 4)).toBe('PNG')
  }
})
