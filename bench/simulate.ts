// What clusters of some sizes need, from measured costs: the tables of docs/scale.md.
//
//   npm run bench:simulate -- [NODES]...
import { fileURLToPath } from 'node:url';
import { readCosts } from './simulate/costs.ts';
import { limitsTable, SIZES, scaleTable, supposedTable } from './simulate/table.ts';

const costs = readCosts(fileURLToPath(new URL('../bench/simulate/costs.json', import.meta.url)));
const sizes = process.argv.slice(2).map(Number);
console.log(supposedTable());
console.log(`\n${scaleTable(costs, sizes.length === 0 ? SIZES : sizes)}`);
console.log(`\n${limitsTable(costs)}`);
