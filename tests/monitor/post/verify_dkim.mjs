// Verifies DKIM signatures with mailauth, which others wrote: [letter in base64, TXT record] pairs in, a result each out.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { dkimVerify } = await import(pathToFileURL(process.argv[2]).href);
const results = [];
for (const [letter, record] of JSON.parse(readFileSync(0, "utf8"))) {
  const found = await dkimVerify(Buffer.from(letter, "base64"), { resolver: async () => [[record]] });
  results.push(found.results.map((one) => one.status.result));
}
console.log(JSON.stringify(results));
