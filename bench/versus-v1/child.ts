import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a program answers to, by name; arguments and answers cross as JSON. */
export type Answers = Record<string, (argument: never) => Promise<unknown>>;

export interface Child<A extends Answers> extends AsyncDisposable {
  /** One question at a time. */
  ask<K extends keyof A & string>(
    question: K,
    argument: Parameters<A[K]>[0],
  ): Promise<Awaited<ReturnType<A[K]>>>;
}

type Reply = { answer: unknown } | { error: string };

/** Runs a program of this folder as a process of its own, which is killed when its scope ends. */
export async function startChild<A extends Answers>(
  program: string,
  args: string[],
  tmpdir: string,
): Promise<Child<A>> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), args, {
    execArgv: ['--expose-gc'],
    env: { ...process.env, TMPDIR: tmpdir, NODE_NO_WARNINGS: '1' },
  });
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  return {
    ask: (question, argument) => ask(child, ended, question, argument) as never,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Answers the parent process. */
export function answer(answers: Answers): void {
  process.on('message', async ({ question, argument }: { question: string; argument: never }) => {
    const reply: Reply = await answers[question]!(argument).then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    process.send!(reply);
  });
}

async function ask(
  child: ChildProcess,
  ended: Promise<[number | null, string | null]>,
  question: string,
  argument: unknown,
): Promise<unknown> {
  const replied = once(child, 'message') as Promise<[Reply]>;
  const gone = ended.then(([code, signal]): [Reply] => [
    { error: `the process that was asked to ${question} ended with ${signal ?? code}` },
  ]);
  child.send({ question, argument });
  const [reply] = await Promise.race([replied, gone]);
  if ('error' in reply) throw new Error(reply.error);
  return reply.answer;
}
