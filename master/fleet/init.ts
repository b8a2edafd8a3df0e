import { mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { AppError } from '../../protocol/errors.ts'

/** Generates the files of a new fleet. Pure. */
export function freshFleet(id: string, name: string): { readonly [path: string]: string } {
  return {
    'fleet.yml': `# The fleet. The id is part of every signature: it never changes.\nid: ${id}\nname: ${name}\nlevels: [production, staging]\n`,
    'inventory.yml': `# minion id or glob -> roles, level, vars. Roles are given here, never claimed by a minion.
#
# db1: {roles: [masterdb], level: staging}
# "db*": {roles: [db], level: staging}
`,
    'pillar/top.yml': `# Who sees which pillar files: id, role and level only. Later files win.
- match: "*"
  files: [common]
`,
    'pillar/common.yml': `# Values for all: the key \`site.title\` of a role is \`title\` inside \`site\`. Secrets: master pillar set some.path < file
#
# site:
#   title: Hello
`,
    'roles/.gitkeep': '',
    '.gitignore': '*.swp\n',
  }
}

/** Writes a new fleet to `directory`, completely or not at all. Throws FLEET_NOT_EMPTY when the directory is not empty. */
export async function initFleet(directory: string, id: string): Promise<void> {
  const target = resolve(directory)
  const present = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    if (error.code === 'ENOTDIR') return [basename(target)]
    throw error
  })
  if (present !== undefined && present.length > 0) {
    throw new AppError({
      code: 'FLEET_NOT_EMPTY',
      message: `\`${target}\` must be new or empty, but it contains \`${present[0] ?? ''}\``,
      hint: 'Name another directory: `master init DIR`.',
    })
  }
  await mkdir(dirname(target), { recursive: true })
  const making = await mkdtemp(join(dirname(target), `.${basename(target)}-`))
  try {
    for (const [path, text] of Object.entries(freshFleet(id, basename(target)))) {
      await mkdir(join(making, dirname(path)), { recursive: true })
      await writeFile(join(making, path), text)
    }
    if (present !== undefined) await rmdir(target)
    await rename(making, target)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    throw error
  }
}
