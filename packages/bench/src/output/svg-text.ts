const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as an SVG document may hold it. */
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character]!);

/** Readable on light and dark pages. */
export const ink = '#767676';
