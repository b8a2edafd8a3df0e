import { widthOf } from '../../master/cli/render/style.ts'

/** What a terminal of this size shows of what is written to it. Throws on a sequence that it was not told about. */
export class FakeTerminal {
  readonly #columns: number
  readonly #rows: number
  /** All lines, those that have scrolled out too. */
  readonly #lines: string[][] = [[]]
  #row = 0
  #column = 0

  constructor(columns: number, rows = 1000) {
    this.#columns = columns
    this.#rows = rows
  }

  /** The text with its history, without blanks at the ends of lines. */
  get text(): string {
    const lines = this.#lines.map(line => line.join('').trimEnd())
    return `${lines.join('\n').trimEnd()}\n`
  }

  /** From 0, in lines with history. */
  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#column }
  }

  write(text: string): void {
    const [first = '', ...others] = text.split(ESCAPE)
    this.#print(first)
    for (const part of others) {
      const [sequence, parameters = '', final = ''] = CONTROL.exec(part) ?? []
      if (sequence === undefined) throw new Error(`the terminal was not told about ${JSON.stringify(part.slice(0, 8))}`)
      this.#control(sequence, parameters, final)
      this.#print(part.slice(sequence.length))
    }
  }

  #print(text: string): void {
    for (const { segment } of SEGMENTS.segment(text)) this.#put(segment)
  }

  #put(character: string): void {
    if (character === '\n' || character === '\r\n') {
      this.#column = 0
      this.#down()
      return
    }
    if (character === '\r') {
      this.#column = 0
      return
    }
    if (character === '\t') {
      this.#column = Math.min((Math.floor(this.#column / 8) + 1) * 8, this.#columns - 1)
      return
    }
    const width = widthOf(character)
    if (/[\p{Cc}\p{Cf}]/u.test(character) || width === 0)
      throw new Error(`the terminal was not told about ${JSON.stringify(character)}`)
    if (this.#column + width > this.#columns) {
      this.#column = 0
      this.#down()
    }
    const line = this.#line()
    while (line.length < this.#column) line.push(' ')
    line[this.#column] = character
    for (let cell = 1; cell < width; cell++) line[this.#column + cell] = ''
    this.#column += width
  }

  #control(sequence: string, parameters: string, final: string): void {
    const count = Number(parameters || '1')
    if (final === 'm') return
    if (final === 'A') this.#row = Math.max(this.#row - count, Math.max(this.#lines.length - this.#rows, 0))
    else if (final === 'K' && parameters === '') this.#line().length = Math.min(this.#line().length, this.#column)
    else if (final === 'J' && parameters === '') {
      this.#line().length = Math.min(this.#line().length, this.#column)
      this.#lines.length = this.#row + 1
    } else if ((final === 'h' || final === 'l') && parameters === '?2026') return
    else throw new Error(`the terminal was not told about ${JSON.stringify(sequence)}`)
  }

  #line(): string[] {
    const line = this.#lines[this.#row]
    if (line === undefined) throw new Error(`no line ${this.#row}`)
    return line
  }

  #down(): void {
    this.#row += 1
    if (this.#row === this.#lines.length) this.#lines.push([])
  }
}

const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' })
const ESCAPE = '\u001b'
/** Of ECMA-48, behind its escape. */
const CONTROL = /^\[([\d;?]*)([@-~])/
