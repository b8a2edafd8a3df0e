/** The kernel's path of a setting. As in sysctl(8), the first separator decides which of `.` and `/` divides. Pure. */
export function sysctlPath(key: string): string {
  const [first] = /[./]/.exec(key) ?? []
  const path = first === '/' ? key : key.replace(/[./]/g, found => (found === '.' ? '/' : '.'))
  return `/proc/sys/${path}`
}

/** Normalizes white space: the kernel separates several words with tabs. Pure. */
export function normalSysctl(value: string): string {
  return value.trim().split(/\s+/).join(' ')
}

/** The last value of a key in a file of sysctl.d(5), or undefined. Pure. */
export function sysctlIn(text: string, key: string): string | undefined {
  const values = text.split('\n').flatMap(line => {
    const entry = entryOf(line)
    return entry !== undefined && sysctlPath(entry.key) === sysctlPath(key) ? [normalSysctl(entry.value)] : []
  })
  return values.at(-1)
}

/** Sets a value: replaces the first line of the key and removes others, or adds one. Pure. */
export function withSysctl(text: string, key: string, value: string): string {
  const wanted = `${key} = ${value}`
  let placed = false
  const lines = text.split('\n').flatMap(line => {
    const entry = entryOf(line)
    if (entry === undefined || sysctlPath(entry.key) !== sysctlPath(key)) return [line]
    if (placed) return []
    placed = true
    return [wanted]
  })
  if (lines.at(-1) === '') lines.pop()
  return `${[...lines, ...(placed ? [] : [wanted])].join('\n')}\n`
}

function entryOf(line: string): { readonly key: string; readonly value: string } | undefined {
  const match = /^\s*-?([^#;=\s][^=\s]*)\s*=(.*)$/.exec(line)
  return match === null ? undefined : { key: match[1] ?? '', value: match[2] ?? '' }
}
