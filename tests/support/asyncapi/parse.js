// Prints what AsyncAPI's own parser has against the documents that are named, as JSON: file by
// file a list of [severity, place, message], where 0 is an error and 1 a warning.
import { Parser, fromFile } from '@asyncapi/parser'

const parser = new Parser()
const said = []
for (const file of process.argv.slice(2)) {
  const { diagnostics } = await fromFile(parser, file).parse()
  said.push(diagnostics.map(d => [d.severity, d.path.join('.'), d.message]))
}
console.log(JSON.stringify(said))
