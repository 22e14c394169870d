import type { z } from 'zod';
import type { Refusal } from '../../domain/refusal.ts';
import type { FormState } from '../../web/parts/form.ts';

/**
 * Checks what a form said by a schema of the contract.
 *
 * @param input as the schema wants it
 * @param typed as it was typed, which the form keeps
 * @param fieldOf the name of the field that a path of the schema stands for; its first step if not given
 */
export function readForm<S extends z.ZodType>(
  schema: S,
  input: unknown,
  typed: Record<string, string>,
  fieldOf: (path: PropertyKey[]) => string = ([first = '']) => String(first),
): { data: z.output<S> } | FormState {
  const { data, error } = schema.safeParse(input);
  if (!error) return { data };
  const faults: Record<string, string> = {};
  for (const { path, message } of error.issues) faults[fieldOf(path)] ??= sentence(message);
  return { values: typed, faults };
}

/** A form that was right, and was refused all the same. */
export function refused({ detail }: Refusal, typed: Record<string, string>, name = ''): FormState {
  return { values: typed, faults: { [name]: detail } };
}

function sentence(message: string): string {
  return message[0]!.toUpperCase() + message.slice(1);
}
