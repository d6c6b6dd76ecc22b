// A tour of the language whose result is one string.
const lines = [];
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
lines.push(`fib ${fib(20)}`);

// Sieve of Eratosthenes.
const sieve = new Uint8Array(20000);
let primes = 0;
for (let i = 2; i < sieve.length; i++) {
    if (sieve[i]) continue;
    primes++;
    for (let j = i * i; j < sieve.length; j += i) sieve[j] = 1;
}
lines.push(`primes ${primes}`);

// Words of a text by how often they occur.
const text = "the quick brown fox jumps over the lazy dog and the dog barks at the fox";
const words = new Map();
for (const [word] of text.matchAll(/\w+/g)) words.set(word, (words.get(word) ?? 0) + 1);
const sorted = [...words].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
lines.push(JSON.stringify(sorted.slice(0, 4)));

// Numbers.
lines.push((2n ** 200n).toString(), (0.1 + 0.2).toString(), (1e21 / 7).toString(), Math.hypot(3, 4).toString());
lines.push([NaN, -0, Infinity, 1 / 3].map((x) => Object.is(x, -0) ? "-0" : String(x)).join(" "));
lines.push((255).toString(2), parseFloat("12.5e-3abc").toString(), (1234.5678).toFixed(2));

// Classes, generators, closures, exceptions.
class Shape { constructor(n) { this.n = n; } area() { throw new TypeError(`${this.n} has no area`); } }
class Square extends Shape { area() { return this.n ** 2; } }
function* squares(limit) { for (let i = 1; i <= limit; i++) yield new Square(i).area(); }
lines.push([...squares(8)].reduce((a, b) => a + b, 0).toString());
try { new Shape("line").area(); } catch (error) { lines.push(`${error.name}: ${error.message}`); }
try { null.x; } catch (error) { lines.push(error.constructor.name); }
function deep(n) { return n === 0 ? 0 : 1 + deep(n - 1); }
lines.push(`deep ${deep(500)}`);
lines.push("äöü€😀".split("").length.toString(), [..."äöü€😀"].length.toString(), "straße".toUpperCase());
lines.push("2024-02-29".replace(/(?<y>\d+)-(?<m>\d+)-(?<d>\d+)/, "$<d>.$<m>.$<y>"));
lines.join("\n");
