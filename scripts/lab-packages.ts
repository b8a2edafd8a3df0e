import { missingTools } from '../test/hosts/lab/tools.ts'

/** Prints the Debian packages that this machine lacks for real hosts, on one line; nothing when all are there. */
process.stdout.write(missingTools().packages.join(' '))
