// Imports a vendor's library from this folder's own node_modules, where `npm install --prefix bench/sdks` puts them.

/** The library's module. Rejects when it is not installed. */
export function load(name: string): Promise<unknown> {
  return import(name);
}
