import { firstInvalidByte } from '../../protocol/byte-text.ts'
import { AppError, type Problem } from '../../protocol/errors.ts'

/** Checks the encoding of a text file of the master; undefined when it is valid. `file` is its name in problems. Pure. */
export function encodingProblem(bytes: Uint8Array, file: string): Problem | undefined {
  const at = firstInvalidByte(bytes)
  if (at === undefined) return undefined
  const { line, column, byte } = at
  const encoding = column === 1 && line === 1 && byte >= 0xfe ? 'utf-16' : 'latin1'
  return {
    code: file.includes('/templates/') ? 'TEMPLATE_INVALID' : 'YAML_INVALID',
    message: `\`${file}\` is not UTF-8: the byte 0x${byte.toString(16).toUpperCase()} does not begin a character`,
    hint: `Convert it: \`iconv -f ${encoding} -t utf-8 ${file} > new && mv new ${file}\`.`,
    source: { file, line, column },
    excerpt: (Buffer.from(bytes).toString('utf8').split('\n')[line - 1] ?? '').slice(0, 400),
  }
}

/** Decodes a file of the master, without its byte order mark. Throws YAML_INVALID, TEMPLATE_INVALID. Pure. */
export function decodeText(bytes: Uint8Array, file: string): string {
  const problem = encodingProblem(bytes, file)
  if (problem !== undefined) throw new AppError(problem)
  return new TextDecoder().decode(bytes)
}
