import type { Readable } from 'node:stream'

/**
 * Splits a stream of JSON lines at line feeds only. `node:readline` also splits at U+2028 and U+2029, which JSON allows
 * unescaped in strings (RFC 8259, section 7).
 */
export async function* jsonLines(stream: Readable): AsyncGenerator<string, void, undefined> {
  stream.setEncoding('utf8')
  let pieces: string[] = []
  for await (const chunk of stream as AsyncIterable<string>) {
    const [first = '', ...more] = chunk.split('\n')
    pieces.push(first)
    for (const piece of more) {
      yield pieces.join('')
      pieces = [piece]
    }
  }
  const rest = pieces.join('')
  if (rest !== '') yield rest
}
