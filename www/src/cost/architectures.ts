import { architectures } from '../networks/catalogue.json';

/** Titles of the architectures, full-size networks without weights, by name. */
const TITLES: ReadonlyMap<string, string> = new Map(architectures.map(({ name, title }) => [name, title]));

export const titleOf = (name: string): string => TITLES.get(name) ?? name;
