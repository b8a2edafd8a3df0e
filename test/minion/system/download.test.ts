import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it, onTestFinished } from 'vitest'
import { download } from '../../../minion/system/download.ts'
import type { Sha256 } from '../../../protocol/ids.ts'

const CONTENT = Buffer.alloc(300_000, 'probe')
const HASH = createHash('sha256').update(CONTENT).digest('hex') as Sha256

async function scene(
  answer: RequestListener,
): Promise<{ readonly url: string; readonly path: string; readonly dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'saltern-download-'))
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await rm(dir, { recursive: true })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}/probe`, path: join(dir, 'probe'), dir }
}

const mine = { mode: '0755', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

it('download installs a file with the expected hash and sets its mode', async () => {
  const { url, path } = await scene((_request, response) => response.end(CONTENT))

  await download({ url, sha256: HASH, path, ...mine }, undefined)

  expect((await readFile(path)).equals(CONTENT)).toBe(true)
  expect((await stat(path)).mode & 0o777).toBe(0o755)
})

it('download reads the whole file although the garbage collector runs before the first byte is read', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const { url, path } = await scene((_request, response) => response.end('probe'))
  const sha256 = createHash('sha256').update('probe').digest('hex') as Sha256

  let open = true
  const downloaded = download({ url, sha256, path, ...mine }, undefined).finally(() => {
    open = false
  })
  while (open) {
    collect()
    await setImmediate()
  }
  await downloaded

  expect(await readFile(path, 'utf8')).toBe('probe')
})

it('download rejects other content, keeps the old file, and leaves no temporary file', async () => {
  const { url, path, dir } = await scene((_request, response) => response.end('something else'))
  await writeFile(path, 'old')

  await expect(download({ url, sha256: HASH, path, ...mine }, undefined)).rejects.toMatchObject({
    problems: [{ code: 'DOWNLOAD_MISMATCH', message: expect.stringContaining(HASH) }],
  })

  expect(await readFile(path, 'utf8')).toBe('old')
  expect(await readdir(dir)).toEqual(['probe'])
})

it('download reports the status of the server and an aborted transfer', async () => {
  const gone = await scene((_request, response) => response.writeHead(404).end())
  const cut = await scene((_request, response) => {
    response.writeHead(200, { 'content-length': CONTENT.length })
    response.write(CONTENT.subarray(0, 1000), () => response.destroy())
  })

  await expect(download({ url: gone.url, sha256: HASH, path: gone.path, ...mine }, undefined)).rejects.toThrow(
    'the server answered 404',
  )
  await expect(download({ url: cut.url, sha256: HASH, path: cut.path, ...mine }, undefined)).rejects.toMatchObject({
    problems: [{ code: 'DOWNLOAD_FAILED' }],
  })
  expect(await readdir(cut.dir)).toEqual([])
})

it('download is aborted with its run', async () => {
  const { url, path, dir } = await scene(() => undefined)
  const run = new AbortController()

  const fetching = download({ url, sha256: HASH, path, ...mine }, run.signal)
  run.abort()

  await expect(fetching).rejects.toMatchObject({ problems: [{ code: 'DOWNLOAD_FAILED' }] })
  expect(await readdir(dir)).toEqual([])
})
