import { existsSync } from 'node:fs'
import { missingTools } from '../test/hosts/lab/tools.ts'

/** Prints the Debian packages that the tests need and this machine lacks, on one line; prints nothing when none are missing. */
const browser = ['chromium', 'pngquant'].filter(name => !existsSync(`/usr/bin/${name}`))
process.stdout.write([...missingTools().packages, ...browser].join(' '))
