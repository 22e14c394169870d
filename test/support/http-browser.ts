import assert from 'node:assert/strict';

/** What of a browser a form needs: its cookies, by their paths, and where it says that it comes from. */
export interface HttpBrowser {
  send(path: string, init?: RequestInit): Promise<Response>;
  text(path: string): Promise<string>;
  /** The hidden fields of the forms at a page, and what its choices are at. */
  fieldsAt(path: string): Promise<Record<string, string>>;
  post(path: string, fields: Record<string, string>): Promise<Response>;
  /** Orders from a listing for a claim code; returns the path of the order. */
  order(slug: string, fields: Record<string, string>): Promise<string>;
  cookies(): string[];
}

interface Cookie {
  text: string;
  path: string;
}

/** @param servers what answers for the origin, taken in turn: no two requests running go to the same one */
export function httpBrowser(origin: string, servers: readonly string[] = [origin]): HttpBrowser {
  const jar = new Map<string, Cookie>();
  let turn = 0;
  const cookiesFor = (path: string) =>
    [...jar.values()].filter((cookie) => path.startsWith(cookie.path)).map(({ text }) => text);

  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(servers[turn++ % servers.length] + path, {
      redirect: 'manual',
      ...init,
      headers: {
        ...(init.method && init.method !== 'HEAD' && { origin }),
        cookie: cookiesFor(path).join('; '),
        ...init.headers,
      },
    });
    for (const line of answer.headers.getSetCookie()) keep(jar, line);
    return answer;
  };
  const text = async (path: string) => (await send(path)).text();
  const fieldsAt = async (path: string) => {
    const inputs = (await text(path)).matchAll(
      /<input type="hidden" name="(\w+)" value="([^"]*)"/g,
    );
    return Object.fromEntries([...inputs].map(([, name, value]) => [name, value]));
  };
  const post = (path: string, fields: Record<string, string>) =>
    send(path, { method: 'POST', body: new URLSearchParams(fields) });

  return {
    send,
    text,
    fieldsAt,
    post,
    async order(slug, fields) {
      const path = `/listings/${slug}/buy`;
      const page = await fieldsAt(`${path}?${new URLSearchParams({ plan: fields.plan ?? '' })}`);
      const answer = await post(path, { quantity: '1', holder: 'claim', ...page, ...fields });
      assert.equal(answer.status, 303, await answer.text());
      return answer.headers.get('location')!;
    },
    cookies: () => [...jar.values()].map((cookie) => cookie.text),
  };
}

function keep(jar: Map<string, Cookie>, line: string): void {
  const [text = '', ...rest] = line.split('; ');
  const path = rest.find((each) => each.startsWith('Path='))?.slice('Path='.length) ?? '/';
  const name = `${path} ${text.split('=')[0]}`;
  if (rest.some((each) => each.startsWith('Expires=Thu, 01 Jan 1970'))) jar.delete(name);
  else jar.set(name, { text, path });
}
