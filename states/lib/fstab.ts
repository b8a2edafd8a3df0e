/** One line of fstab(5). */
export interface FstabEntry {
  readonly device: string
  readonly path: string
  readonly fstype: string
  readonly options: string
  readonly dump: number
  readonly pass: number
}

/** Finds the entry of a mount point; undefined when there is none. Pure. */
export function fstabEntry(text: string, path: string): FstabEntry | undefined {
  return text
    .split('\n')
    .map(parseLine)
    .find(entry => entry?.path === path)
}

/** Sets the entry of a path, in place of the first one; `undefined` removes it. Pure. */
export function withFstabEntry(text: string, path: string, entry: FstabEntry | undefined): string {
  let placed = entry === undefined
  const lines = text.split('\n').flatMap(line => {
    if (parseLine(line)?.path !== path) return [line]
    if (placed || entry === undefined) return []
    placed = true
    return [formatLine(entry)]
  })
  if (lines.at(-1) === '') lines.pop()
  return `${[...lines, ...(placed || entry === undefined ? [] : [formatLine(entry)])].join('\n')}\n`
}

/** Formats an entry; white space is escaped as in fstab(5). Pure. */
function formatLine({ device, path, fstype, options, dump, pass }: FstabEntry): string {
  return [device, path, fstype, options].map(escaped).concat(String(dump), String(pass)).join(' ')
}

function parseLine(line: string): FstabEntry | undefined {
  if (/^\s*(#|$)/.test(line)) return undefined
  const [device, path, fstype, options = 'defaults', dump = '0', pass = '0'] = line.trim().split(/\s+/)
  if (device === undefined || path === undefined || fstype === undefined) return undefined
  return {
    device: unescaped(device),
    path: unescaped(path),
    fstype,
    options,
    dump: Number(dump),
    pass: Number(pass),
  }
}

function escaped(word: string): string {
  return word.replaceAll('\\', '\\134').replaceAll(' ', '\\040').replaceAll('\t', '\\011')
}

function unescaped(word: string): string {
  return word.replaceAll(/\\(\d{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
