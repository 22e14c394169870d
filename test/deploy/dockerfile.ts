/** One instruction of a Dockerfile: its flags, such as `from` of `--from=build`, apart from the rest. */
export interface Instruction {
  verb: string;
  flags: Record<string, string>;
  rest: string;
}

export interface Stage {
  /** '' for one without a name. */
  name: string;
  /** What it begins with: a stage, or an image of others. */
  base: string;
  instructions: Instruction[];
}

const FLAG = /^--([a-z]+)=(\S+)\s+/;

/** Reads what a Dockerfile says, with its arguments at their defaults. */
export function readDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  const args = new Map<string, string>();
  for (const { verb, flags, rest } of instructionsOf(text)) {
    const said = rest.replace(/\$\{(\w+)\}/g, (whole, name) => args.get(name) ?? whole);
    if (verb === 'ARG') {
      const [name = '', value = ''] = said.split('=');
      args.set(name, value);
    } else if (verb === 'FROM') {
      const [base = '', , name = ''] = said.split(/\s+/);
      stages.push({ name, base, instructions: [] });
    } else {
      stages.at(-1)!.instructions.push({ verb, flags, rest: said });
    }
  }
  return stages;
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const joined = lines.join('\n').replaceAll(/\s*\\\n\s*/g, ' ');
  return joined.split('\n').filter(Boolean).map(parse);
}

function parse(line: string): Instruction {
  const [, verb = '', said = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
  const flags: Record<string, string> = {};
  let rest = said;
  for (let flag = FLAG.exec(rest); flag; flag = FLAG.exec(rest)) {
    flags[flag[1]!] = flag[2]!;
    rest = rest.slice(flag[0].length);
  }
  return { verb, flags, rest };
}
