import { widthOf } from '../../master/cli/render/style.ts'

/** A row of cells; a wide character has an empty cell behind it. */
interface Row {
  cells: string[]
  /** True: the terminal broke a line here, so that the row goes on in the next one. */
  goesOn: boolean
}

/** Emulates a terminal of a given size. Throws on an escape sequence that it does not know. */
export class FakeTerminal {
  #columns: number
  /** All rows, those that have scrolled out too. */
  #rows: Row[] = [{ cells: [], goesOn: false }]
  readonly #height: number
  #row = 0
  #column = 0

  constructor(columns: number, height = 1000) {
    this.#columns = columns
    this.#height = height
  }

  /** The text with its history, without trailing blanks. */
  get text(): string {
    const lines = this.#rows.map(({ cells }) =>
      Array.from(cells, cell => cell ?? ' ')
        .join('')
        .trimEnd(),
    )
    return `${lines.join('\n').trimEnd()}\n`
  }

  /** From 0, in rows with history. */
  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#column }
  }

  /** Lines that the terminal broke are broken anew, as tmux and most others do. */
  resize(columns: number): void {
    const before = this.#rows
    const cursor = this.cursor
    this.#columns = columns
    this.#rows = []
    let line: string[] = []
    let cursorAt: number | undefined
    for (const [at, { cells, goesOn }] of before.entries()) {
      if (at === cursor.row) cursorAt = line.length + cursor.column
      line.push(...cells)
      if (goesOn) continue
      const first = this.#rows.length
      for (let from = 0; from === 0 || from < line.length; from += columns) {
        this.#rows.push({ cells: line.slice(from, from + columns), goesOn: from + columns < line.length })
      }
      if (cursorAt !== undefined) {
        this.#row = first + Math.floor(cursorAt / columns)
        this.#column = cursorAt % columns
      }
      line = []
      cursorAt = undefined
    }
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
      this.#down(false)
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
    if (/[\p{Cc}\p{Cf}]/u.test(character) || width === 0) {
      throw new Error(`the terminal was not told about ${JSON.stringify(character)}`)
    }
    if (this.#column + width > this.#columns) {
      this.#column = 0
      this.#down(true)
    }
    const { cells } = this.#here()
    while (cells.length < this.#column) cells.push(' ')
    cells[this.#column] = character
    for (let cell = 1; cell < width; cell++) cells[this.#column + cell] = ''
    this.#column += width
  }

  #control(sequence: string, parameters: string, final: string): void {
    if (final === 'm') return
    if (final === 'A') {
      const top = Math.max(this.#rows.length - this.#height, 0)
      this.#row = Math.max(this.#row - Number(parameters || '1'), top)
    } else if (final === 'B') {
      this.#row = Math.min(this.#row + Number(parameters || '1'), this.#rows.length - 1)
    } else if (final === 'K' && parameters === '') {
      const here = this.#here()
      here.cells.length = Math.min(here.cells.length, this.#column)
      here.goesOn = false
    } else if (parameters !== '?2026') throw new Error(`the terminal was not told about ${JSON.stringify(sequence)}`)
  }

  #here(): Row {
    const row = this.#rows[this.#row]
    if (row === undefined) throw new Error(`no row ${this.#row}`)
    return row
  }

  #down(goesOn: boolean): void {
    this.#here().goesOn = goesOn
    this.#row += 1
    if (this.#row === this.#rows.length) this.#rows.push({ cells: [], goesOn: false })
  }
}

const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' })
const ESCAPE = '\u001b'
/** A control sequence of ECMA-48, without its escape character. */
const CONTROL = /^\[([\d;?]*)([@-~])/
