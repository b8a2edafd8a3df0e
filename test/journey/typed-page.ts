import { execFile } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { PROGRAM, type Said, type Scene } from './scene.ts'

/** A page of the docs, and what an operator types of it. */
export interface TypedPage {
  readonly text: string
  /** Returns the texts of all blocks of one language. */
  blocks(language: string): readonly string[]
  /** The lines of all shell blocks. */
  readonly lines: readonly string[]
}

export function readPage(name: string): TypedPage {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs', name), 'utf8')
  const blocks = (language: string): readonly string[] =>
    [...text.matchAll(/^```(\w+)[^\n]*\n(.*?)^```$/gms)].flatMap(([, of, block]) =>
      of === language && block ? [block] : [],
    )
  return { text, blocks, lines: blocks('sh').flatMap(block => block.trimEnd().split('\n')) }
}

/** Runs a line as an operator types it, in the scene's directory, with `master` in the path. */
export function typeLine(scene: Scene, line: string, more: NodeJS.ProcessEnv = {}): Promise<Said> {
  const shim = join(scene.directory, 'master-shim')
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`)
  chmodSync(shim, 0o755)
  const script = `master() { "${shim}" "$@"; }\nset -o pipefail\n${line}`
  const path = [process.env['PATH'] ?? '', '/usr/bin', '/bin'].join(delimiter)
  return new Promise(done => {
    execFile(
      'bash',
      ['-c', script],
      { cwd: scene.directory, env: { ...scene.env, PATH: path, ...more } },
      (error, out, err) => done({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
    )
  })
}
