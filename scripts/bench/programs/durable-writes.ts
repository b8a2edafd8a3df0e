import { durableWrites } from '../durable-writes.ts'

// Writes as many files as the second argument says into the directory that the first one names.
const [directory = '', count = '0'] = process.argv.slice(2)
durableWrites(directory, Number(count))
