import { request } from 'node:http'
import type { Problem } from '../../protocol/errors.ts'

export interface Posted<Result = unknown> {
  readonly status: number
  readonly problems: readonly Problem[]
  readonly result?: Result
  /** All received lines. */
  readonly text: string
}

/** Calls a verb through an operator's socket, like any program. Rejects when the master ends before it has answered. */
export function post<Result = unknown>(socketPath: string, verb: string, input: object): Promise<Posted<Result>> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method: 'POST', path: `/v1/${verb}` }, response => {
      let text = ''
      response.on('error', reject).on('data', chunk => (text += String(chunk)))
      response.on('end', () => {
        const last = JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as Partial<Posted<Result>>
        resolve({ ...last, status: response.statusCode ?? 0, problems: last.problems ?? [], text })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify(input))
  })
}
