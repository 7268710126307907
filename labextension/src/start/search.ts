/** Finding a template. */

export interface ITemplate {
  name: string;
  title: string;
  description: string;
  tags: readonly string[];
  parameters: readonly string[];
  needs: readonly string[];
}

/** Those in which every word stands somewhere, in the server's order. */
export function found(templates: readonly ITemplate[], words: string): ITemplate[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return templates.filter(each => {
    const told = [each.name, each.title, each.description, ...each.tags, ...each.parameters].join('\n').toLowerCase();
    return wanted.every(word => told.includes(word));
  });
}
