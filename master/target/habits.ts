/** Maximum number of ids to which a hint expands a range of Ansible. */
const MOST_IDS = 20

const REGEX = 'Regular expressions select nothing here: use globs such as `web*`, and join several by commas.'
const NUMBERS = 'List the ids with commas, put them into a file and write `@FILE`, or use a glob such as `web*`.'

/** Suggests what to write for a target word of Ansible or Salt; undefined: neither has this form. Pure. */
export function foreignForm(word: string): string | undefined {
  return saltWord(word) ?? fieldWithColon(word) ?? rangeOf(word) ?? ansiblePattern(word) ?? otherForm(word)
}

/** Explains a file name among the ids; undefined: the id is no file name. Pure. */
export function fileHint(id: string): string | undefined {
  if (id === 'fleet.yml' || id === 'inventory.yml')
    return "Quote the star, or the shell puts file names in its place: `'*'`."
  if (!/\.(?:ya?ml|sls|retry|txt)$/.test(id)) return undefined
  return `A target names minions: their roles are in inventory.yml. For ids in a file, write \`@${id}\`.`
}

/** Translates `G@os:Debian` and the other letters of Salt's compound matcher. */
function saltWord(word: string): string | undefined {
  const [, kind, rest = ''] = /^([A-Z])@(.+)$/.exec(word) ?? []
  switch (kind) {
    case 'G':
    case 'I': {
      const [, name, value = ''] = /^([\w.]+):(.+)$/.exec(rest) ?? []
      return name === undefined ? undefined : factWord(name, value, kind === 'G')
    }
    case 'L':
      return written(rest)
    case 'N':
      return `Define the group in fleet.yml, then write \`group=${rest}\`.`
    case 'S':
      return `Write \`${addressWord(rest)}\`.`
    case 'E':
    case 'P':
    case 'J':
    case 'R':
      return REGEX
    default:
      return undefined
  }
}

/** Translates a grain or a pillar key of Salt that is often used to select hosts. */
function factWord(name: string, value: string, isGrain: boolean): string {
  if (/^roles?$/.test(name)) return written(`role=${value}`)
  if (/^(?:env|environment|saltenv|level)$/.test(name)) return written(`level=${value}`)
  if (!isGrain) return 'The pillar selects no minions: use `role=` and `level=`, or a group of fleet.yml.'
  if (name === 'id') return written(value)
  return name === 'os' ? written(`os=${value.toLowerCase()}`) : written(`grain.${name}=${value}`)
}

/** Translates `role:db`, as written for Salt's `-G` or in a compose file. */
function fieldWithColon(word: string): string | undefined {
  const [, field, value] = /^(role|level|os|id|group|grain\.[a-z0-9_]+):([\w.*?-]+)$/.exec(word) ?? []
  return field === undefined ? undefined : written(`${field}=${value}`)
}

/** Translates `web[1:3]`, `web[01:12]`, `web[1-3]` and `web[13]`. */
function rangeOf(word: string): string | undefined {
  const [, start, characters = '', end = ''] = /^([a-z0-9.-]*)\[([a-z0-9]{2,20})\]([a-z0-9.-]*)$/.exec(word) ?? []
  if (start !== undefined) return written(Array.from(characters, one => `${start}${one}${end}`).join(','))
  const [, before = '', from = '', to = '', after = ''] =
    /^([a-z0-9.-]*)\[(\d{1,6})[:-](\d{1,6})\]([a-z0-9.-]*)$/.exec(word) ?? []
  if (from === '') return undefined
  const count = Number(to) - Number(from) + 1
  if (count < 1 || count > MOST_IDS) return NUMBERS
  const ids = Array.from({ length: count }, (_, at) => {
    return `${before}${String(Number(from) + at).padStart(from.length, '0')}${after}`
  })
  return written(ids.join(','))
}

/** Translates `web*:!web3`, `web:&staging` and `web1:web2`. */
function ansiblePattern(word: string): string | undefined {
  const parts = word.split(/[:,]/).filter(part => part !== '')
  if (!/[:!&]/.test(word) || !parts.every(part => /^[!&]?[a-z0-9.*?_-]+$/.test(part))) return undefined
  const plain = parts.filter(part => !/^[!&]/.test(part) && part !== 'all')
  const both = parts.filter(part => part.startsWith('&')).map(part => `and ${part.slice(1)}`)
  const without = parts.filter(part => part.startsWith('!')).map(part => `not ${part.slice(1)}`)
  const words = [plain.join(','), ...both, ...without].filter(part => part !== '').join(' ')
  return words === '' ? undefined : written(words.replace(/^and /, ''))
}

function otherForm(word: string): string | undefined {
  if (/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(word)) return written(addressWord(word))
  if (word.startsWith('~')) return REGEX
  if (/^[a-z0-9.-]+[[{][\w,.:-]*[\]}]?[a-z0-9.-]*$/.test(word)) return NUMBERS
  if (/[[\]{}^$|+\\]/.test(word)) return REGEX
  if (word !== word.toLowerCase() && /^[\w.*?-]+$/.test(word)) {
    return `${written(word.toLowerCase())} If you typed \`*\`, quote it: the shell put file names in its place.`
  }
  return undefined
}

/** Translates `10.1.0.0/16` to a glob of addresses, rounded to whole bytes. */
function addressWord(network: string): string {
  const [address = '', size = '32'] = network.split('/')
  const kept = Math.min(4, Math.floor(Number(size) / 8))
  const bytes = address.split('.')
  return bytes.length === 4 && kept < 4
    ? `grain.ip4=${[...bytes.slice(0, kept), '*'].join('.')}`
    : `grain.ip4=${address}`
}

function written(words: string): string {
  return `Write \`${words}\`.`
}
