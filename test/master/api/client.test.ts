import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createClient } from '../../../master/api/client.ts'

/* A master whose answers a client cannot use. */

let directory: string
let server: Server | undefined

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-client-'))
})
afterEach(async () => {
  await new Promise<void>(closed => (server === undefined ? closed() : server.close(() => closed())))
  rmSync(directory, { recursive: true })
})

/** Starts a socket that answers with this text; closes the connection early when `isCut`. */
async function answering(text: string, isCut = false): Promise<string> {
  const path = join(directory, 'socket')
  const one = createServer((incoming, response) => {
    incoming.resume()
    response.write(text, () => (isCut ? response.destroy() : response.end()))
  })
  server = one
  await new Promise<void>(listening => one.listen(path, listening))
  return path
}

it.each(['<html>busy</html>\n', '{"event": {"a": 1\n', 'null x\n'])(
  'the API client reports that it does not understand the answer %j, not that the master is gone',
  async text => {
    const call = createClient(await answering(text)).call('status', {})

    await expect(call).rejects.toMatchObject({
      problems: [
        {
          code: 'MESSAGE_INVALID',
          message: expect.stringContaining(JSON.stringify(text.trim())),
          hint: expect.stringContaining('same version'),
        },
      ],
    })
  },
)

it('the API client rethrows an error of its line handler unchanged and does not report the master as gone', async () => {
  const fault = new TypeError('cannot show this')
  const call = createClient(await answering('{"event": {"a": 1}}\n')).call('ping', { target: '*' }, () => {
    throw fault
  })

  await expect(call).rejects.toBe(fault)
})

it('the API client reports that the master is gone when its answer is cut off', async () => {
  const call = createClient(await answering('{"event": {"a": 1}}\n', true)).call('ping', { target: '*' })

  await expect(call).rejects.toMatchObject({ problems: [{ code: 'MASTER_NOT_RUNNING' }] })
})
