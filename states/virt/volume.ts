import { AppError } from '../../protocol/errors.ts'
import { isJsonObject, type Json } from '../../protocol/json.ts'
import { defineState } from '../define.ts'
import { absolutePath, integer, oneOf } from '../kinds.ts'
import { pathTaken } from '../lib/file-plan.ts'
import { optional, required, withDefault } from '../params.ts'
import type { FileStatus } from '../system.ts'

interface Current {
  readonly status: FileStatus | undefined
  /** Information from qemu-img; undefined when there is no image. */
  readonly image: { readonly format: string; readonly bytes: number } | undefined
}

const GIB = 1024 ** 3

export const virtVolume = defineState({
  name: 'virt.volume',
  summary: 'Creates a disk image for a virtual machine and grows it. It never shrinks or removes an image.',
  nameKind: absolutePath(),
  params: {
    size_gb: required(integer(1, 65_536), 'Size in GiB that the guest sees.'),
    format: withDefault(oneOf('qcow2', 'raw'), 'qcow2', 'Format of the image.'),
    backing: optional(absolutePath(), 'Backing image (copy on write), which must not change.'),
    backing_format: withDefault(oneOf('qcow2', 'raw'), 'qcow2', 'Format of the backing image.'),
  },
  owns: ({ name }) => `file:${name}`,
  conflicts({ format, backing }) {
    return format === 'raw' && backing !== undefined ? ['`backing` needs `format: qcow2`'] : []
  },
  async read(system, { name }): Promise<Current> {
    const status = await system.stat(name)
    if (status?.kind !== 'file') return { status, image: undefined }
    // A running guest holds a lock; reading it is harmless.
    const { exitCode, stdout, stderr } = await system.query([
      'qemu-img',
      'info',
      '--force-share',
      '--output=json',
      name,
    ])
    if (exitCode !== 0) throw noImage(name, stderr.trim())
    const info = JSON.parse(stdout) as Json
    const { format, 'virtual-size': bytes } = isJsonObject(info) ? info : {}
    if (typeof format !== 'string' || typeof bytes !== 'number') throw noImage(name, 'qemu-img does not recognise it')
    return { status, image: { format, bytes } }
  },
  plan({ name, size_gb: size, format, backing, backing_format: backingFormat }, { status, image }) {
    if (status !== undefined && status.kind !== 'file') throw pathTaken(name, 'the image of a disk', status)
    if (image === undefined) {
      const from = backing === undefined ? [] : ['-b', backing, '-F', backingFormat]
      const argv = ['qemu-img', 'create', '-q', '-f', format, ...from, name, `${size}G`]
      return [{ do: 'run', summary: `create the image ${name} of ${size} GiB`, argv }]
    }
    if (image.format !== format) throw noImage(name, `it has the format ${image.format}, not ${format}`)
    if (image.bytes > size * GIB) throw tooLarge(name, image.bytes / GIB, size)
    if (image.bytes === size * GIB) return []
    const argv = ['qemu-img', 'resize', '-q', '-f', format, name, `${size}G`]
    return [{ do: 'run', summary: `grow the image ${name} to ${size} GiB`, argv }]
  },
})

function noImage(path: string, words: string): AppError {
  return new AppError({
    code: 'VOLUME_UNFIT',
    message: `\`${path}\` must be a disk image: ${words}`,
    hint: 'Check it with `qemu-img info`, then move it away or use another path for the image.',
  })
}

function tooLarge(path: string, now: number, wanted: number): AppError {
  return new AppError({
    code: 'VOLUME_UNFIT',
    message: `\`${path}\` has ${now} GiB, more than the ${wanted} GiB in the role: shrinking it would destroy data of the guest`,
    hint: `Write \`size_gb: ${Math.ceil(now)}\`.`,
  })
}
